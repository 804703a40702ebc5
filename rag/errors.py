"""Everything that can go wrong in a way the user can cure.

    HoiBaoError                 shown as one line, exit code 2
    ├── InputError              a question, option or case file that cannot be used
    ├── ArticleError            a file that cannot be read as an article
    │   └── ArticleNote         one that is read, and of which something has to be told
    ├── ModelError              weights that are missing, damaged or cannot be fetched
    ├── StoreError              an index that cannot be opened, written or trusted
    │   ├── EmbedderMismatch    made by another embedder
    │   └── IndexLocked         another process is writing
    ├── ServeError              the web server cannot start
    └── DeskFull                too many questions wait already

A message names the thing and the cure, in the user's language: it is a key of `rag/texts.toml` and the
values for its placeholders. Only these are caught at the border; a bug keeps its traceback.
"""

from __future__ import annotations

from rag.texts import text


class HoiBaoError(Exception):
    """Base of all errors whose message is meant for the user.

    `key` names an entry of the catalogue of texts; `values` fill its placeholders.
    """

    def __init__(self, key: str, **values: object) -> None:
        self.key = key
        self.values = values
        # Reasons that come from libraries may have several lines.
        super().__init__(" ".join(text(key, **values).splitlines()))


class InputError(HoiBaoError):
    """A question, option or case file that cannot be used."""


class ArticleError(HoiBaoError):
    """A file that cannot be read as an article."""


class ArticleNote(ArticleError):
    """A file that is read, and of which something has to be told."""


class ModelError(HoiBaoError):
    """Weights that are missing, damaged or cannot be fetched."""


class StoreError(HoiBaoError):
    """An index that cannot be opened, written or trusted."""


class EmbedderMismatch(StoreError):
    """The index holds vectors of another embedder."""


class IndexLocked(StoreError):
    """Another process is writing to the index."""


class ServeError(HoiBaoError):
    """The web server cannot start."""


class DeskFull(HoiBaoError):
    """Too many questions wait already."""
