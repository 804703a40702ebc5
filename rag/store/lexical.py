"""The lexical leg: a tantivy index (BM25), derived from the articles in SQLite and kept in a folder.

Vietnamese is written in syllables, so a text is indexed as its syllables and their pairs: word segmentation
gives nothing over that. tantivy only splits at blanks; documents and questions go through the one `terms`.

The folder is a cache: `manifest.json`, written last, names the sequence and the sha256 of every file. A
folder that does not match is not opened but built again beside the old one.
"""

from __future__ import annotations

import math
import re
import secrets
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.copies import bands
from rag.errors import StoreError
from rag.language.normalize import WORD, fold, matching_form
from rag.store.database import Database
from rag.store.files import read_manifest, sha256_of, write_manifest

if TYPE_CHECKING:
    from tantivy import Index, IndexWriter, Query, Schema, Searcher

FOLDER = "lexical"
MANIFEST = "manifest.json"
VERSION = 2  # of `terms` and of the fields: an index of another version is built again
TITLE_BOOST = 0.5
EXTRA_BOOST = 0.25
ALL_TERMS_UP_TO = 100_000  # passages: beyond, the time of a search goes into words that tell little
# The share of all passages that such a word is in: a word of every third passage has hardly any weight in
# BM25, and its list of passages is the longest to read. Folded, several words are one, so the bar is higher.
COMMON = {"accented": 0.3, "folded": 0.5}
HEAP = 64_000_000  # bytes that tantivy may collect before it writes a segment
MUTABLE = {"meta.json", ".managed.json"}  # every other file of tantivy's is written once

_SENTENCE_MARK = re.compile(r"[.!?…;:]")


def terms(text: str, folded: bool) -> list[str]:
    """The syllables of `text` in matching form, each followed by the pair it makes with the next.

    `Hà Nội mưa` → `hà`, `hà_nội`, `nội`, `nội_mưa`, `mưa`; `folded` strips the diacritics. No pair reaches
    across a line break or from one sentence into the next.
    """
    accented = matching_form(text)
    form = fold(accented) if folded else accented  # of the same length
    found: list[str] = []
    reached = None  # the end of the syllable before
    for word in WORD.finditer(accented):
        syllable = form[word.start() : word.end()]
        if reached is not None and not _parted(form[reached : word.start()]):
            found.append(f"{found[-1]}_{syllable}")
        found.append(syllable)
        reached = word.end()
    return found


def _parted(gap: str) -> bool:
    """Whether what stands between two syllables ends a sentence: `TP.HCM` is one, `đến. Ông` is not."""
    if gap == " ":  # nearly always
        return False
    mark = _SENTENCE_MARK.search(gap)
    return "\n" in gap or (mark is not None and any(map(str.isspace, gap[mark.end() :])))


@dataclass(frozen=True, slots=True)
class LexicalIndex:
    """The words of one sequence. Never changes, so threads may search it together."""

    schema: Schema
    searcher: Searcher

    def search(
        self,
        wanted: Iterable[str],
        k: int,
        *,
        folded: bool,
        articles: Sequence[int] | None,
        extra: Iterable[str] = (),
    ) -> list[tuple[int, float]]:
        """Rowid and BM25 score of the `k` best passages, best first; of `articles` (numbers) when given.

        Any of the terms may match. They are looked up as they are, never parsed as a query language. `extra`
        terms count for less. In a large index those that are nearly everywhere count only when there are no
        others.
        """
        from tantivy import Occur, Query  # imported here: a native library, not needed to list articles

        all_wanted = dict.fromkeys(wanted)
        distinct = self._telling(list(all_wanted), folded)
        if not distinct or k < 1 or (articles is not None and not articles):
            return []
        others = self._telling([term for term in dict.fromkeys(extra) if term not in all_wanted], folded)
        parts = self._parts(distinct, folded)
        parts += [Query.boost_query(part, EXTRA_BOOST) for part in self._parts(others, folded)]
        query = Query.boolean_query([(Occur.Should, part) for part in parts])
        if articles is not None:
            chosen = Query.const_score_query(Query.term_set_query(self.schema, "article", articles), 0.0)
            query = Query.boolean_query([(Occur.Must, chosen), (Occur.Must, query)])
        hits = self.searcher.search(query, k, count=False).hits
        rowids = self.searcher.fast_field_values("passage", [address for _, address in hits])
        found = [(int(rowid or 0), float(score)) for rowid, (score, _) in zip(rowids, hits, strict=True)]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))

    def holding(
        self, phrases: Iterable[Sequence[str]], k: int, *, folded: bool, articles: Sequence[int] | None
    ) -> list[int]:
        """Rowids of up to `k` passages that, or whose titles, have all terms of each phrase.

        As the terms of a phrase are its syllables and their pairs, hardly any other passage is among them;
        whether it is said in one piece is for the caller to see.
        """
        from tantivy import Occur, Query  # imported here: see search

        parts = []
        for phrase in phrases:
            fields = [
                Query.boolean_query([(Occur.Must, Query.term_query(self.schema, field, t)) for t in phrase])
                for field in (("body_folded", "title_folded") if folded else ("body", "title"))
            ]
            parts.append((Occur.Must, Query.boolean_query([(Occur.Should, field) for field in fields])))
        if articles is not None:
            parts.append((Occur.Must, Query.term_set_query(self.schema, "article", articles)))
        hits = self.searcher.search(Query.boolean_query(parts), k, count=False).hits
        rowids = self.searcher.fast_field_values("passage", [address for _, address in hits])
        return sorted(int(rowid or 0) for rowid in rowids)

    def _telling(self, distinct: list[str], folded: bool) -> list[str]:
        """The terms that are worth the time: all in a small index."""
        if self.searcher.num_docs <= ALL_TERMS_UP_TO:
            return distinct
        field, share = ("body_folded", COMMON["folded"]) if folded else ("body", COMMON["accented"])
        limit = share * self.searcher.num_docs
        return [term for term in distinct if self.searcher.doc_freq(field, term) <= limit] or distinct

    def _parts(self, distinct: Sequence[str], folded: bool) -> list[Query]:
        from tantivy import Query  # imported here: see search

        form = "_folded" if folded else ""
        parts = []
        for term in distinct:
            parts.append(Query.term_query(self.schema, f"body{form}", term, index_option="freq"))
            title = Query.term_query(self.schema, f"title{form}", term, index_option="freq")
            parts.append(Query.boost_query(title, TITLE_BOOST))
        return parts

    def rarity(self, wanted: Iterable[str], *, folded: bool) -> float:
        """The inverse document frequencies of the terms, summed, as BM25 weighs them (Robertson 2009)."""
        field = "body_folded" if folded else "body"
        total = self.searcher.num_docs
        return sum(
            math.log(1 + (total - found + 0.5) / (found + 0.5))
            for found in (min(total, self.searcher.doc_freq(field, term)) for term in set(wanted))
        )

    def frequency(self, term: str) -> int:
        """How many passages have an accented term; those removed since the last merge may count, too."""
        return int(self.searcher.doc_freq("body", term))

    def alike(self, first: int, k: int) -> list[int]:
        """Up to `k` articles, each by the rowid of its first passage, that may carry the text of another.

        `first` is the rowid of that other's first passage. Those that share most bands come first.
        """
        from tantivy import Occur, Query  # imported here: see search

        query = Query.term_query(self.schema, "passage", first)
        found = self.searcher.search(query, 1, count=False).hits
        story = self.searcher.doc(found[0][1]).get_first("story") if found else None
        parts = [
            (Occur.Should, Query.const_score_query(Query.term_query(self.schema, "story", word), 1.0))
            for word in (story or "").split()
        ]
        hits = self.searcher.search(Query.boolean_query(parts), k + 1, count=False).hits
        rowids = self.searcher.fast_field_values("passage", [address for _, address in hits])
        ranked = sorted((-score, int(rowid or 0)) for rowid, (score, _) in zip(rowids, hits, strict=True))
        return [rowid for _, rowid in ranked if rowid != first][:k]

    def passages(self) -> list[int]:
        """The rowids of all passages in it, ascending."""
        from tantivy import Query  # imported here: see search

        hits = self.searcher.search(Query.all_query(), max(1, self.searcher.num_docs), count=False).hits
        rowids = self.searcher.fast_field_values("passage", [address for _, address in hits])
        return sorted(int(rowid or 0) for rowid in rowids)


class LexicalFolder:
    """The index on disk: `manifest.json` and the folder of tantivy's files that it names."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / FOLDER
        self._verified: dict[str, str] = {}  # files that are written once, and were as the manifest says

    def open(self, database: Database) -> LexicalIndex | None:
        """The index at exactly the database's sequence; None when it is behind or not to be trusted."""
        manifest = self._trusted(database)
        if manifest.get("sequence") != database.sequence:
            return None
        try:
            index = _open(self.folder / manifest["folder"])
            opened = LexicalIndex(index.schema, index.searcher())
        except (OSError, ValueError):  # tantivy's own ways of saying that it cannot read this
            return None
        # A writer may have committed meanwhile, and the searcher would be of a sequence we do not know.
        return opened if self._trusted(database) == manifest else None

    def claims(self, sequence: int) -> bool:
        """Whether the manifest says that the folder is at this sequence; nothing is checked."""
        return read_manifest(self.folder / MANIFEST).get("sequence") == sequence

    def follow(self, database: Database) -> None:
        """Brings the folder up to the database's sequence. The caller holds the write lock.

        Raises StoreError when it cannot be written.
        """
        manifest = self._trusted(database)
        if manifest.get("sequence") == database.sequence:
            return
        path = self.folder / secrets.token_hex(4)
        try:
            if manifest and _fill(
                _open(self.folder / manifest["folder"]), database, after=manifest["sequence"]
            ):
                path = self.folder / manifest["folder"]
            else:
                path.mkdir(parents=True)
                _fill(_create(path), database, after=0)
            self._write_manifest(path, database)
        except (OSError, ValueError) as error:
            if path.name != manifest.get("folder"):  # half of it only takes the room that is wanting
                shutil.rmtree(path, ignore_errors=True)
            raise StoreError("index.unusable", folder=self.folder, reason=error) from error
        self._remove_all_but(path)

    def forget(self) -> None:
        """Distrusts what is on disk, so that `follow` builds it again. The caller holds the write lock."""
        (self.folder / MANIFEST).unlink(missing_ok=True)

    def in_memory(self, database: Database) -> LexicalIndex:
        """The same index without the folder, for when that is being written or cannot be."""
        index = _create(None)
        _fill(index, database, after=0)
        return LexicalIndex(index.schema, index.searcher())

    def stamp(self, database: Database) -> int | None:
        """The sequence of the folder, every byte of it checked; None when it is not to be trusted."""
        sequence = self._trusted(database).get("sequence")
        return None if sequence is None else int(sequence)

    def _trusted(self, database: Database) -> dict[str, Any]:
        """The manifest when this very index wrote all that it names; empty when not."""
        manifest = read_manifest(self.folder / MANIFEST)
        sequence = manifest.get("sequence")
        if manifest.get("store") != database.store or manifest.get("version") != VERSION:
            return {}
        if not isinstance(sequence, int) or not database.history_start <= sequence <= database.sequence:
            return {}
        path = self.folder / str(manifest["folder"])
        try:
            same = all(self._digest(path / name) == digest for name, digest in manifest["files"].items())
        except OSError:
            return {}
        return manifest if same else {}

    def _digest(self, path: Path) -> str:
        """sha256 of one of tantivy's files, taken once for those that are written once."""
        key = f"{path.parent.name}/{path.name}"
        if path.name in MUTABLE:
            return sha256_of(path)
        if key not in self._verified or not path.is_file():
            self._verified[key] = sha256_of(path)
        return self._verified[key]

    def _write_manifest(self, path: Path, database: Database) -> None:
        names = sorted(file.name for file in path.iterdir() if file.suffix != ".lock")
        manifest = {
            "store": database.store,
            "version": VERSION,
            "sequence": database.sequence,
            "folder": path.name,
            "files": {name: self._digest(path / name) for name in names},
        }
        write_manifest(self.folder / MANIFEST, manifest)

    def _remove_all_but(self, current: Path) -> None:
        for path in self.folder.iterdir():
            if path.is_dir() and path != current:
                shutil.rmtree(path, ignore_errors=True)  # on Windows a reader may still hold it: next time


def _schema() -> Schema:
    from tantivy import SchemaBuilder  # imported here: see LexicalIndex.search

    builder = SchemaBuilder()
    for name in ("body", "body_folded", "title", "title_folded"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("story", stored=True, tokenizer_name="whitespace", index_option="basic")
    builder.add_unsigned_field("passage", indexed=True, fast=True)
    builder.add_unsigned_field("article", indexed=True)
    return builder.build()


def _create(path: Path | None) -> Index:
    from tantivy import Index  # imported here: see LexicalIndex.search

    return Index(_schema(), path=None if path is None else str(path))


def _open(path: Path) -> Index:
    from tantivy import Index  # imported here: see LexicalIndex.search

    return Index.open(str(path))


def _fill(index: Index, database: Database, *, after: int) -> bool:
    """Applies what the database removed and added after a sequence, in one commit.

    Gives whether it holds as many passages as the database then: else a row of `removals` is not what was
    written.
    """
    from tantivy import Query  # imported here: see LexicalIndex.search

    # One thread: the same articles give the same segments, hence the same order among equal scores.
    writer = index.writer(heap_size=HEAP, num_threads=1)
    try:
        # By query: delete_documents_by_term takes a number for signed and then finds no unsigned one.
        gone = Query.term_set_query(index.schema, "passage", database.removals(after))
        writer.delete_documents_by_query(gone)
        _add(writer, database, after)
        writer.commit()
    finally:
        writer.wait_merging_threads()  # lets go of tantivy's lock, and of files that change under our sha256
    index.reload()
    return bool(index.searcher().num_docs == database.scalar("SELECT count(*) FROM passages"))


def _add(writer: IndexWriter, database: Database, after: int) -> None:
    from tantivy import Document  # imported here: see LexicalIndex.search

    titled: tuple[int, dict[str, str]] = (0, {})
    story = ""  # of the article, kept with its first passage
    for rowid, number, article, body in database.documents(after):
        if number != titled[0]:
            titled = (number, _forms("title", article.title))
            story = " ".join(bands(article.text))
        document = Document()
        for field, content in (titled[1] | _forms("body", body)).items():
            document.add_text(field, content)
        if story:
            document.add_text("story", story)
        document.add_unsigned("passage", rowid)
        document.add_unsigned("article", number)
        writer.add_document(document)
        story = ""


def _forms(field: str, text: str) -> dict[str, str]:
    """The two fields of one text, as tantivy's `whitespace` tokenizer takes them."""
    accented = " ".join(terms(text, folded=False))
    return {field: accented, f"{field}_folded": fold(accented)}
