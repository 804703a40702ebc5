"""Conversations in a SQLite file of the user's data folder: they survive a restart, each with its reader."""

from __future__ import annotations

import os
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from rag.errors import StoreError
from rag.web.records import Opinion, Record, from_json, to_json

FORMAT = 1
LONGEST_TITLE = 120  # characters

_TABLES = """
CREATE TABLE IF NOT EXISTS conversations (
    id TEXT PRIMARY KEY, reader TEXT NOT NULL, title TEXT NOT NULL, updated TEXT NOT NULL,
    deleted INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS records (
    id TEXT PRIMARY KEY, position INTEGER NOT NULL, record TEXT NOT NULL,
    conversation TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE
) STRICT;
CREATE INDEX IF NOT EXISTS of_reader ON conversations (reader, updated);
CREATE INDEX IF NOT EXISTS in_order ON records (conversation, position);
"""


@dataclass(frozen=True, slots=True)
class Conversation:
    """What the list shows of one."""

    id: str
    title: str
    updated: str  # ISO 8601 with time zone


class Conversations:
    """All readers' conversations; everybody sees their own. Threads and processes may share the file.

    Whatever names a conversation or a record of another reader raises KeyError, as if there were none.
    """

    def __init__(self, file: Path) -> None:
        """Made when first written to. What was deleted and not taken back is gone for good now.

        Raises StoreError for a file that is damaged, of a newer version or cannot be written.
        """
        self.file = file
        if file.is_file():
            with self._open() as database:
                database.execute("DELETE FROM conversations WHERE deleted")

    # ── Reading ───────────────────────────────────────────────────────────────────────────────────

    def all(self, reader: str) -> tuple[Conversation, ...]:
        """The newest first."""
        query = """SELECT id, title, updated FROM conversations WHERE reader = ? AND NOT deleted
                   ORDER BY updated DESC, rowid DESC"""
        with self._open() as database:
            return tuple(Conversation(*row) for row in database.execute(query, (reader,)))

    def one(self, reader: str, conversation: str) -> Conversation:
        query = "SELECT id, title, updated FROM conversations WHERE id = ? AND reader = ? AND NOT deleted"
        with self._open() as database:
            row = database.execute(query, (conversation, reader)).fetchone()
        if row is None:
            raise KeyError(conversation)
        return Conversation(*row)

    def records(self, reader: str, conversation: str) -> tuple[Record, ...]:
        """In the order they were asked."""
        self.one(reader, conversation)
        query = "SELECT record FROM records WHERE conversation = ? ORDER BY position"
        with self._open() as database:
            return tuple(from_json(row[0]) for row in database.execute(query, (conversation,)))

    def judged(self, reader: str) -> tuple[tuple[Record, ...], ...]:
        """The conversations that have a record with an opinion, oldest first."""
        found = [self.records(reader, conversation.id) for conversation in reversed(self.all(reader))]
        return tuple(records for records in found if any(record.opinion for record in records))

    # ── Writing ───────────────────────────────────────────────────────────────────────────────────

    def append(self, reader: str, conversation: str | None, record: Record) -> str:
        """Adds a record, to a new conversation when there is none; gives the conversation's id."""
        now = datetime.now(UTC).isoformat()
        if conversation is not None:
            self.one(reader, conversation)
        with self._open() as database:
            if conversation is None:
                conversation = uuid.uuid4().hex
                database.execute(
                    "INSERT INTO conversations (id, reader, title, updated) VALUES (?, ?, ?, ?)",
                    (conversation, reader, _title(record.question), now),
                )
            database.execute("UPDATE conversations SET updated = ? WHERE id = ?", (now, conversation))
            database.execute(
                """INSERT INTO records (id, position, record, conversation)
                   SELECT ?, coalesce(max(position) + 1, 0), ?, ? FROM records WHERE conversation = ?""",
                (record.id, to_json(record), conversation, conversation),
            )
        return conversation

    def cut(self, reader: str, conversation: str, record: str) -> None:
        """Takes out a record and all after it: its question is asked anew."""
        self.one(reader, conversation)
        with self._open() as database:
            database.execute(
                """DELETE FROM records WHERE conversation = ? AND position >=
                   (SELECT position FROM records WHERE id = ? AND conversation = ?)""",
                (conversation, record, conversation),
            )

    def judge(
        self, reader: str, conversation: str, record: str, opinion: Opinion | None, reason: str = ""
    ) -> None:
        """Keeps what the reader thinks of an answer; None takes it back."""
        for one in self.records(reader, conversation):
            if one.id == record:
                self.change(reader, conversation, replace(one, opinion=opinion, reason=reason))
                return
        raise KeyError(record)

    def change(self, reader: str, conversation: str, record: Record) -> None:
        """Puts a record in the place of the one with its id, if that is still there."""
        self.one(reader, conversation)
        with self._open() as database:
            database.execute(
                "UPDATE records SET record = ? WHERE id = ? AND conversation = ?",
                (to_json(record), record.id, conversation),
            )

    def rename(self, reader: str, conversation: str, title: str) -> None:
        """An empty title leaves the old one."""
        self.one(reader, conversation)
        if _title(title):
            with self._open() as database:
                database.execute(
                    "UPDATE conversations SET title = ? WHERE id = ?", (_title(title), conversation)
                )

    def delete(self, reader: str, conversation: str) -> None:
        """Can be taken back by `restore` until the reader deletes another or the program starts anew."""
        self.one(reader, conversation)
        with self._open() as database:
            database.execute("DELETE FROM conversations WHERE reader = ? AND deleted", (reader,))
            database.execute("UPDATE conversations SET deleted = 1 WHERE id = ?", (conversation,))

    def restore(self, reader: str) -> str | None:
        """Takes the last deletion back; gives the conversation's id, None when there is none."""
        with self._open() as database:
            row = database.execute(
                "UPDATE conversations SET deleted = 0 WHERE reader = ? AND deleted RETURNING id", (reader,)
            ).fetchone()
        return None if row is None else str(row[0])

    # ── The file ──────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """A connection of its own for each use: threads share none, and opening costs a fraction of a
        millisecond. Commits at the end unless there was an error.
        """
        try:
            new = not self.file.is_file()
            self.file.parent.mkdir(parents=True, exist_ok=True)
            database = sqlite3.connect(self.file, timeout=10)
        except (OSError, sqlite3.Error) as error:
            raise StoreError("web.conversations_unwritable", path=self.file, reason=error) from error
        try:
            if new and os.name == "posix":
                self.file.chmod(0o600)  # what somebody asks is nobody else's business
            with database:
                self._prepare(database)
                yield database
        except sqlite3.Error as error:
            raise StoreError("web.conversations_unwritable", path=self.file, reason=error) from error
        finally:
            database.close()

    def _prepare(self, database: sqlite3.Connection) -> None:
        database.execute("PRAGMA foreign_keys = ON")
        database.execute("PRAGMA secure_delete = ON")  # a deleted conversation leaves no bytes behind
        found = database.execute("PRAGMA user_version").fetchone()[0]
        if found > FORMAT:
            raise StoreError("web.conversations_newer", path=self.file, found=found, known=FORMAT)
        if found < FORMAT:
            database.executescript(f"BEGIN IMMEDIATE; {_TABLES} PRAGMA user_version = {FORMAT}; COMMIT;")


def _title(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= LONGEST_TITLE else f"{line[: LONGEST_TITLE - 1]}…"
