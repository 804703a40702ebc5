"""Deleting articles so that it can be taken back: once, the last time, for ten minutes.

Until then text, passages and vectors are kept in memory and the uploaded files aside; nothing of them
answers, is shown or lies in its place.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rag.errors import InputError
from rag.store import Store
from rag.types import Article, FloatMatrix, Passage
from rag.web.uploads import Uploads

SECONDS = 600  # that a deletion can be taken back


@dataclass(frozen=True, slots=True)
class Deletion:
    """What was deleted, whole."""

    collection: str
    store: Store
    articles: tuple[tuple[Article, list[Passage], FloatMatrix | None], ...]
    files: tuple[tuple[Path, Path], ...]  # where each was, and where it is meanwhile


class Discards:
    """The last deletion. Threads may share it."""

    def __init__(self, uploads: Uploads, seconds: float = SECONDS) -> None:
        self._uploads = uploads
        self._seconds = seconds
        self._lock = threading.Lock()
        self._last: Deletion | None = None
        self._timer: threading.Timer | None = None

    def delete(self, collection: str, store: Store, article_ids: Sequence[str]) -> int:
        """Takes articles out of the index and their uploaded files, unless others came from them, off the
        disk; gives how many there were. The deletion before can no longer be taken back.

        Raises InputError when none of them is there, IndexLocked, StoreError.
        """
        with store.write() as writer:
            there = [article_id for article_id in dict.fromkeys(article_ids) if article_id in writer]
            if not there:
                raise InputError("library.nothing_to_delete")
            whole = tuple(writer.whole(article_id) for article_id in there)
            writer.remove(there)
            paths = {article.path for article, _, _ in whole if article.path}
            writer.forget_files(paths)
            alone = [path for path in sorted(paths) if not writer.owned(path)]
        with self._lock:
            self._forget()
            self._last = Deletion(collection, store, whole, tuple(self._uploads.discard(alone)))
            self._timer = threading.Timer(self._seconds, self.forget)
            self._timer.daemon = True
            self._timer.start()
        return len(whole)

    def deleted(self, collection: str) -> int:
        """How many articles of the collection `undo` would bring back."""
        last = self._last
        return len(last.articles) if last and last.collection == collection else 0

    def undo(self, collection: str) -> int:
        """Brings back what was deleted last; gives how many articles. Raises InputError when it is too late,
        IndexLocked, StoreError."""
        with self._lock:
            last = self._last
            if last is None or last.collection != collection:
                raise InputError("library.too_late")
            with last.store.write() as writer:
                back = self._uploads.bring_back(last.files)
                for article, passages, vectors in last.articles:
                    path = back.get(article.path, article.path) if article.path else None
                    writer.put(replace(article, path=path), passages, vectors)
            self._last = None
            self._stop_timer()
        return len(last.articles)

    def forget(self, collection: str | None = None) -> None:
        """Makes the last deletion final; with `collection` only when it was one of that collection."""
        with self._lock:
            if collection is None or (self._last and self._last.collection == collection):
                self._forget()

    def _forget(self) -> None:
        self._stop_timer()
        if self._last is not None:
            for _, aside in self._last.files:
                self._uploads.remove([aside])
            self._last = None

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
