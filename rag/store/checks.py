"""A checksum beside every row of SQLite's file, so that a byte that changed on the disk is not believed.

SQLite itself notices a page that makes no sense, not a letter or a digit in one. CRC-32 finds every change of
up to four bytes in a row, and of all others all but one in four billion; it is no protection from people.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from zlib import crc32

SEAL = "seal"  # the row of the table meta that holds the checksum of the others

OF = {
    "articles": """article_check(id, title, text, published, source, url, category, author, path,
                   content_hash, published_from)""",
    "passages": 'passage_check(article, number, "start", "end", added)',
    "vectors": "vector_check(passage, vector, added)",
}
"""The checksum of a row in SQL, by table."""


def of_article(*columns: str | None) -> int:
    """Of all columns of an article but its number, in their order. The last is left out when it is None: rows
    from before there was one keep their checksum.
    """
    if columns[-1] is None:
        columns = columns[:-1]
    return crc32("\x1f".join("\x1e" if value is None else str(value) for value in columns).encode())


def of_passage(article: int, number: int, start: int, end: int, added: int) -> int:
    return crc32(f"{article} {number} {start} {end} {added}".encode())


def of_vector(passage: int, vector: bytes, added: int) -> int:
    return crc32(vector, crc32(f"{passage} {added}".encode()))


def of_meta(values: Mapping[str, object]) -> int:
    return crc32(json.dumps(values, sort_keys=True).encode())


def register(connection: sqlite3.Connection) -> None:
    """Makes the functions of `OF` known to a connection."""
    for name, function, arguments in (
        ("article_check", of_article, 11),
        ("passage_check", of_passage, 5),
        ("vector_check", of_vector, 3),
    ):
        connection.create_function(name, arguments, function, deterministic=True)
