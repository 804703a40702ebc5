"""`python -m rag` is the `hoibao` command."""

from rag.cli import main

if __name__ == "__main__":
    main()
