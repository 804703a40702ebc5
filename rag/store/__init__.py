"""The index on disk: SQLite is the truth, FAISS and tantivy are derived from it (format: index/README.md)."""

from __future__ import annotations

from rag.store.backup import Backup, back_up, restore
from rag.store.database import holds_index
from rag.store.replacement import Replacement
from rag.store.snapshot import Snapshot
from rag.store.store import Store
from rag.store.values import ArticleSummary, FileIdentity, Problem, Recipe, Scored, Status
from rag.store.writer import Writer

__all__ = [
    "ArticleSummary",
    "Backup",
    "FileIdentity",
    "Problem",
    "Recipe",
    "Replacement",
    "Scored",
    "Snapshot",
    "Status",
    "Store",
    "Writer",
    "back_up",
    "holds_index",
    "restore",
]
