"""Changing the recipe: all passages and vectors anew, prepared beside the old ones, swapped in one step."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from rag.store.database import Database
from rag.store.values import Recipe
from rag.store.writer import packed
from rag.types import Article, FloatMatrix, Passage


class Replacement:
    """Handed out by `Store.replace()`. What is staged survives an interruption: the next run goes on."""

    def __init__(self, database: Database, recipe: Recipe) -> None:
        self._database = database
        self._recipe = recipe
        wanted = json.dumps(asdict(recipe), sort_keys=True)
        if database.meta("staged_recipe") != wanted:
            database.run("DELETE FROM staged")
            database.set_meta("staged_recipe", wanted)

    def missing(self) -> Iterator[Article]:
        """The articles that have nothing staged yet."""
        query = "SELECT number FROM articles WHERE number NOT IN (SELECT article FROM staged) ORDER BY number"
        for (number,) in self._database.rows(query):
            yield self._database.article(number)

    def progress(self) -> tuple[int, int]:
        """How many articles have something staged, of how many."""
        staged = self._database.scalar("SELECT count(DISTINCT article) FROM staged")
        return staged, self._database.scalar("SELECT count(*) FROM articles")

    def stage(self, batch: Sequence[tuple[Article, Sequence[Passage]]], vectors: FloatMatrix) -> None:
        """Prepares the passages of some articles; lasting, but not seen by readers.

        `vectors` has a row of unit length for every passage, in their order.
        """
        blobs = iter(packed(vectors, sum(len(passages) for _, passages in batch), self._recipe.dimension))
        self._database.run("BEGIN IMMEDIATE")
        for article, passages in batch:
            number = self._database.article_number(article.id)
            for passage in passages:
                self._database.run(
                    "INSERT INTO staged VALUES (?, ?, ?, ?, ?)",
                    (number, passage.number, passage.start, passage.end, next(blobs)),
                )
        self._database.run("COMMIT")

    def finish(self) -> int:
        """Puts what was staged in the place of what was there, in one transaction; gives the new sequence."""
        database, following = self._database, self._database.sequence + 1
        database.run("BEGIN IMMEDIATE")
        for table in ("passages", "vectors", "removals"):
            database.run(f"DELETE FROM {table}")  # noqa: S608
        database.run(
            """INSERT INTO passages (article, number, "start", "end", added, "check")
               SELECT article, number, "start", "end", ?1, passage_check(article, number, "start", "end", ?1)
               FROM staged ORDER BY article, number""",
            (following,),
        )
        database.run(
            """INSERT INTO vectors SELECT p.rowid, s.vector, ?1, vector_check(p.rowid, s.vector, ?1)
               FROM staged s JOIN passages p ON p.article = s.article AND p.number = s.number""",
            (following,),
        )
        database.run("DELETE FROM staged")
        database.set_recipe(self._recipe)
        database.set_meta("staged_recipe", "")
        database.set_meta("history_start", following)  # what was derived from the old rows is of no use
        database.advance(following)
        database.run("COMMIT")
        return following
