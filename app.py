"""Opens the web chat: `python app.py` is `hoibao serve`, with the same options."""

from __future__ import annotations

import sys

from rag.cli import main

if __name__ == "__main__":
    main(["serve", *sys.argv[1:]])
