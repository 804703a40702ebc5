"""Names are counted in the background, one collection at a time, and only when somebody looks.

Answers come first: the count stands still while a question is being answered.
"""

from __future__ import annotations

import logging
import threading
import time

from rag.archive import Names, read_names
from rag.errors import HoiBaoError
from rag.store import Store
from rag.web.desk import Desk

log = logging.getLogger(__name__)

PAUSE = 0.2  # seconds between two looks at whether a question is still being answered


class Counting:
    """What has been counted so far, by collection. Kept as long as the server runs: an index is counted
    again when it has changed."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._lock = threading.Lock()
        self._found: dict[str, Names] = {}
        self._wanted: list[str] = []  # the first one is being counted

    def names(self, collection: str, sequence: int) -> tuple[Names | None, bool]:
        """What is known of a collection whose index is at `sequence`, and whether more is to come.

        Begins to count when what is known is not all. None as long as nothing is known. What was known of
        an earlier sequence is given until the new count is done.
        """
        with self._lock:
            found = self._found.get(collection)
            stale = found is None or found.sequence != sequence
            if stale and collection not in self._wanted:
                self._wanted.append(collection)
                if len(self._wanted) == 1:  # a daemon: a count does not keep the server from stopping
                    threading.Thread(target=self._count, name="counting", daemon=True).start()
            # In one moment: a count that ends between two looks would be taken for one that found nothing.
            return found, collection in self._wanted

    def _count(self) -> None:
        more = True
        while more:
            collection = self._wanted[0]
            try:
                library = self._desk.library()
                if library is not None:
                    self._read(collection, library.store(collection))
            except HoiBaoError as error:  # the collection was deleted, or its index is damaged
                log.warning("%s", error)
            except Exception:  # a bug must not end the thread: others wait, and the traceback goes to the log
                log.exception("names could not be counted")
            with self._lock:
                self._wanted.remove(collection)
                more = bool(self._wanted)

    def _read(self, collection: str, store: Store) -> None:
        known = self._found.get(collection)
        for names in read_names(store, self._wait):
            if known is None or names.is_final:
                self._found[collection] = names

    def _wait(self) -> None:
        while self._desk.busy:
            time.sleep(PAUSE)
