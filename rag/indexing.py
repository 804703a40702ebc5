"""Build: read → clean → Article → split → Passages → store → embed → store.

The index is kept equal to the articles: files that did not change are not read, those that did replace what
came from them, what is gone from a folder is gone from the index. Articles are first stored without vectors,
so that their words can be searched at once, and then embedded batch by batch; whatever interrupts this, the
next `add` goes on from the last batch.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from rag.articles.read import read_articles
from rag.changes import (
    found_files,
    gone_files,
    identify,
    is_touched,
    look_at,
    meant,
    moved_files,
    nearest_folder,
)
from rag.embedding import Embedder
from rag.errors import ArticleError, ArticleNote, IndexLocked, InputError
from rag.generation import never
from rag.passages import CONTEXT_TOKENS, SPLITTER, embedding_text, split
from rag.settings import Settings
from rag.store import FileIdentity, Recipe, Store, Writer
from rag.types import Article, FloatMatrix, Passage

ARTICLES_PER_COMMIT = 256  # read again after an interruption: seconds
PASSAGES_PER_COMMIT = 64  # embedded again after an interruption: seconds, too

Progress: TypeAlias = Callable[[str, int, int], None]
"""Stage, how many are done, of how many: "read" counts files, "embed" passages, in a rebuild articles."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What `add` did, in articles; `skipped` is what could not be read, `notes` are of what was."""

    added: int
    replaced: int
    unchanged: int
    removed: int
    skipped: tuple[ArticleError, ...]
    notes: tuple[ArticleNote, ...] = ()

    @property
    def articles(self) -> int:
        """How many articles the given paths hold now."""
        return self.added + self.replaced + self.unchanged


@dataclass(frozen=True, slots=True)
class FileReport:
    """What came of one file: its articles in the index now, and what has to be told of it."""

    path: Path
    articles: int
    problems: tuple[ArticleError, ...]


def ignore(stage: str, done: int, total: int) -> None:
    """For those who do not want to know how far it is."""


def add(
    paths: Sequence[Path],
    store: Store,
    embedder: Embedder,
    settings: Settings,
    *,
    progress: Progress = ignore,
    report: Callable[[FileReport], None] = lambda report: None,
    cancelled: Callable[[], bool] = never,
) -> Summary:
    """Makes the index equal to the articles under files, folders and globs.

    What cannot be read is in the summary and stops nothing else. `report` is told of every file when it has
    been read. Once `cancelled`, no other file is read and nothing more is embedded; what was read stays and
    is found by its words, the next `add` embeds the rest. Raises InputError for a path that leads to nothing,
    IndexLocked, EmbedderMismatch, StoreError.
    """
    with store.write(recipe(embedder, settings)) as writer:
        gone, known = gone_files(paths, writer), writer.files()
        files = list(dict.fromkeys(found_files(paths, gone)))
        moved = moved_files(files, gone, known)
        intake = _Intake(writer, _splitter(embedder, settings), known, moved)
        intake.drop(set(gone) - set(moved.values()))
        for done, file in enumerate(files):
            if cancelled():
                break
            progress("read", done, len(files))
            report(intake.take(file))
        writer.commit()
        if not cancelled():
            progress("read", len(files), len(files))
            _embed_pending(writer, embedder, progress, cancelled)
    return intake.summary()


def add_articles(
    articles: Iterable[Article],
    store: Store,
    embedder: Embedder,
    settings: Settings,
    *,
    progress: Progress = ignore,
) -> None:
    """Adds articles that come from no file, such as the contexts of a question set.

    Raises IndexLocked, EmbedderMismatch, StoreError.
    """
    with store.write(recipe(embedder, settings)) as writer:
        split_article = _splitter(embedder, settings)
        for count, article in enumerate(articles, start=1):
            writer.put(article, split_article(article), None)
            if count % ARTICLES_PER_COMMIT == 0:
                writer.commit()
        writer.commit()
        _embed_pending(writer, embedder, progress)


def remove(targets: Sequence[str], store: Store) -> tuple[str, ...]:
    """Takes articles out of the index by id, file or folder, and gives their ids.

    Their files are read again by the next `add`. Raises InputError, before anything is removed, for a target
    that names no article; IndexLocked, StoreError.
    """
    with store.write() as writer:
        places = writer.places()
        found = {target: meant(target, writer, places) for target in targets}
        unknown = [target for target, ids in found.items() if not ids]
        if unknown:
            raise InputError("index.nothing_to_remove", names=", ".join(unknown))
        removed = sorted({article_id for ids in found.values() for article_id in ids})
        writer.remove(removed)
        writer.forget_files({places[article_id] for article_id in removed if article_id in places})
    return tuple(removed)


def rebuild(store: Store, embedder: Embedder, settings: Settings, *, progress: Progress = ignore) -> None:
    """Splits and embeds everything anew when embedder or splitter changed; else only derives again.

    Readers see the old index until all of the new one is there. Raises IndexLocked, StoreError.
    """
    wanted = recipe(embedder, settings)
    if store.recipe == wanted:
        store.derive_again()
        with store.write(wanted) as writer:
            _embed_pending(writer, embedder, progress)
        return
    with store.replace(wanted) as replacement:
        done, total = replacement.progress()
        for batch in _batches(replacement.missing(), _splitter(embedder, settings)):
            progress("embed", done, total)
            texts = [embedding_text(article, passage) for article, passages in batch for passage in passages]
            replacement.stage(batch, embedder.embed_passages(texts))
            done += len(batch)
        replacement.finish()
        progress("embed", total, total)


def watch(
    paths: Sequence[Path], store: Store, embedder: Embedder, settings: Settings
) -> Generator[Summary, None, None]:
    """Follows files, folders and globs for as long as it is iterated: what each change did to the index."""
    import watchfiles  # imported here: a native library that only --watch needs

    folders = {nearest_folder(path) for path in paths}
    unseen = True  # what changed before the watching began
    for changes in watchfiles.watch(*folders, rust_timeout=500, yield_on_timeout=True):
        if not changes and not unseen:
            continue
        try:
            summary = add(paths, store, embedder, settings)
        except IndexLocked:  # somebody else is writing: the change is taken in after that
            unseen = True
            continue
        unseen = False
        if summary.added or summary.replaced or summary.removed or (changes and summary.skipped):
            yield summary


def recipe(embedder: Embedder, settings: Settings) -> Recipe:
    """What makes the passages and vectors under these settings."""
    splitter = f"{SPLITTER}/{_passage_tokens(embedder, settings)}/{settings.overlap_sentences}"
    return Recipe(settings.embedder, embedder.fingerprint, embedder.dimension, splitter)


@dataclass(slots=True)
class _Intake:
    """Takes in the articles of file after file, without vectors, and counts them."""

    writer: Writer
    split: _Split
    known: dict[Path, FileIdentity]
    moved: dict[Path, Path]  # where a file is now, and where it was
    counts: Counter[str] = field(default_factory=Counter)
    skipped: list[ArticleError] = field(default_factory=list)
    notes: list[ArticleNote] = field(default_factory=list)

    def take(self, file: Path) -> FileReport:
        """Makes the index equal to one file."""
        skipped, notes = len(self.skipped), len(self.notes)
        self._take(file)
        told = (*self.skipped[skipped:], *self.notes[notes:])
        return FileReport(file, len(self.writer.owned(file)), told)

    def tell(self, problem: ArticleError) -> None:
        """Keeps what has to be told of a file."""
        if isinstance(problem, ArticleNote):
            self.notes.append(problem)
        else:
            self.skipped.append(problem)

    def _take(self, file: Path) -> None:
        owned, known = self.writer.owned(file), self.known.get(file)
        try:
            look = look_at(file)
            if known is not None and look == (known.size, known.mtime_ns):
                self.counts["unchanged"] += len(owned)
                return
            if known is not None and is_touched(file, look, known):  # or copied back
                self.counts["unchanged"] += len(owned)
                self.writer.record_file(replace(known, mtime_ns=look[1]))
                return
        except OSError as error:  # cannot be opened now: what is known of it stays
            reason = error.strerror or error
            self.skipped.append(ArticleError("articles.unreadable_file", path=file, reason=reason))
            return
        problems = len(self.skipped)
        self._remove(owned.keys() - self._read(file, owned))
        sound = len(self.skipped) == problems  # else it is said again at every run, until the file is cured
        try:
            # What is refused is not read to its end for a hash.
            identity = identify(file) if sound else None
            still = look_at(file) == look
        except OSError:
            still = False
        if not still:  # somebody is writing it: what was read may be half
            self.skipped.append(ArticleError("articles.changing_file", path=file))
        elif identity is not None:
            self.writer.record_file(identity)

    def _read(self, file: Path, owned: Mapping[str, str]) -> set[str]:
        """Stores the articles of a file that are new or changed; gives the ids of all of them."""
        seen: set[str] = set()
        before = self.moved.pop(file, None)
        there = {} if before is None else {hashed: name for name, hashed in self.writer.owned(before).items()}
        for found in read_articles(file, self.tell):
            former = self._taken_out(there.pop(found.content_hash, None))
            article = replace(found, id=self._free_id(found.id, file, owned.keys(), seen))
            seen.add(article.id)
            if owned.get(article.id) == article.content_hash:
                self.counts["unchanged"] += 1
                continue
            if former is not None:
                passages, vectors = former
                self.writer.put(article, [_renamed(passage, article) for passage in passages], vectors)
                self.counts["unchanged"] += 1
            else:
                self.writer.put(article, self.split(article), None)
                self.counts["replaced" if article.id in owned else "added"] += 1
            self.counts["put"] += 1
            if self.counts["put"] % ARTICLES_PER_COMMIT == 0:
                self.writer.commit()
        if before is not None:
            self.drop([before])
        return seen

    def _taken_out(self, article_id: str | None) -> tuple[Sequence[Passage], FloatMatrix | None] | None:
        """What was split and embedded of an article whose file has moved; its id is free again."""
        if article_id is None:
            return None
        _, passages, vectors = self.writer.whole(article_id)
        self.writer.remove([article_id])
        return passages, vectors

    def _free_id(self, wanted: str, file: Path, owned: Collection[str], seen: Collection[str]) -> str:
        """`wanted`, or `wanted~xxxxxxxx` when another file or record has it: 8 digits of sha256 of the path.

        The same at every run, for as long as the other article is there.
        """
        name = wanted
        while name in seen or (name not in owned and name in self.writer):
            name = f"{name}~{hashlib.sha256(str(file).encode()).hexdigest()[:8]}"
        return name

    def drop(self, files: Iterable[Path]) -> None:
        """Removes what came from files that are no more."""
        for file in files:
            self._remove(self.writer.owned(file).keys())
        self.writer.forget_files(files)

    def _remove(self, article_ids: Collection[str]) -> None:
        self.writer.remove(article_ids)
        self.counts["removed"] += len(article_ids)

    def summary(self) -> Summary:
        counts = self.counts
        return Summary(
            counts["added"],
            counts["replaced"],
            counts["unchanged"],
            counts["removed"],
            tuple(self.skipped),
            tuple(self.notes),
        )


_Split: TypeAlias = Callable[[Article], Sequence[Passage]]


def _passage_tokens(embedder: Embedder, settings: Settings) -> int:
    """As long as the settings say, as far as the embedder reads that with the title before it."""
    room = max(embedder.max_tokens - CONTEXT_TOKENS, embedder.max_tokens // 2)
    return min(settings.passage_tokens, room)


def _splitter(embedder: Embedder, settings: Settings) -> _Split:
    tokens = _passage_tokens(embedder, settings)

    def split_article(article: Article) -> Sequence[Passage]:
        return split(
            article, embedder.count_tokens, max_tokens=tokens, overlap_sentences=settings.overlap_sentences
        )

    return split_article


def _embed_pending(
    writer: Writer, embedder: Embedder, progress: Progress, cancelled: Callable[[], bool] = never
) -> None:
    """Gives every passage its vector, batch by batch, until `cancelled`."""
    done, total, last = 0, writer.pending_count(), 0
    while batch := writer.pending(after=last, limit=PASSAGES_PER_COMMIT):
        progress("embed", done, total)
        if cancelled():
            return
        vectors = embedder.embed_passages([embedding_text(article, passage) for _, article, passage in batch])
        writer.fill([rowid for rowid, _, _ in batch], vectors)
        writer.commit()
        done, last = done + len(batch), batch[-1][0]
    progress("embed", total, total)


def _batches(
    articles: Iterable[Article], split_article: _Split
) -> Iterator[list[tuple[Article, Sequence[Passage]]]]:
    """Articles with their passages, about PASSAGES_PER_COMMIT passages at a time."""
    batch: list[tuple[Article, Sequence[Passage]]] = []
    for article in articles:
        batch.append((article, split_article(article)))
        if sum(len(passages) for _, passages in batch) >= PASSAGES_PER_COMMIT:
            yield batch
            batch = []
    if batch:
        yield batch


def _renamed(passage: Passage, article: Article) -> Passage:
    return replace(passage, id=f"{article.id}#{passage.number}", article_id=article.id)
