"""What is in an archive, in figures: how many articles when and from whom, of whom and where they speak most,
which stories most papers carry.

The counts by date, source and topic need no text (`archive_of`). Names and stories do: `read_names` goes
through the texts, newest first, and says now and then how far it is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal, TypeAlias

from rag.language.name_kinds import KINDS, SURE, Kind, mentions
from rag.store import ArticleSummary, Store
from rag.types import Article

Step: TypeAlias = Literal["day", "week", "month", "year"]

MOST_BARS: dict[Step, int] = {"day": 45, "week": 60, "month": 120, "year": 60}
LISTED = 20  # sources, topics and names of a kind
LEAST = 2  # articles that have a name, for it to be among the most named
STORIES = 8
READ = 20_000  # newest articles whose names are counted, two seconds of a core for a thousand
REPORT_EVERY = 200  # articles
HELD = 100_000  # names in memory; when there are more, those of one article are dropped
LEAST_SHARE = 0.2  # of what a name's mentions could say for a kind, so that the name counts as one


@dataclass(frozen=True, slots=True)
class Count:
    """Something, and how many articles have it."""

    name: str
    articles: int


@dataclass(frozen=True, slots=True)
class Interval:
    """How many articles came out from `start` until the next interval."""

    start: date
    articles: int


@dataclass(frozen=True, slots=True)
class Archive:
    """What the list of articles tells without a text being read. The intervals have no gaps."""

    articles: int
    undated: int
    newest: ArticleSummary | None  # of those with a date
    oldest: ArticleSummary | None
    step: Step
    intervals: tuple[Interval, ...]
    earlier: int  # articles before the first interval
    sources: tuple[Count, ...]  # most first
    source_count: int
    sourceless: int
    topics: tuple[Count, ...]
    topicless: int


@dataclass(frozen=True, slots=True)
class Story:
    """A text that several articles carry; `first` is the earliest of them."""

    first: Article
    articles: int
    papers: int


@dataclass(frozen=True, slots=True)
class Names:
    """Who is named, where, and which stories are carried by several, in the `read` newest of `articles`.

    Final when `read` is `planned`. Of people, places and organisations the most named come first.
    """

    sequence: int  # of the index
    articles: int
    planned: int
    read: int
    people: tuple[Count, ...]
    places: tuple[Count, ...]
    organisations: tuple[Count, ...]
    stories: tuple[Story, ...]

    @property
    def is_final(self) -> bool:
        return self.read >= self.planned


def archive_of(summaries: Sequence[ArticleSummary]) -> Archive:
    """The figures of these articles; they come as `Snapshot.articles` lists them, newest first."""
    dated = [(day, summary) for summary in summaries if (day := _day_of(summary)) is not None]
    step, intervals = _intervals([day for day, _ in dated])
    shown = sum(interval.articles for interval in intervals)
    sources = _counted(summary.source for summary in summaries)
    topics = _counted(summary.category for summary in summaries)
    return Archive(
        articles=len(summaries),
        undated=len(summaries) - len(dated),
        newest=dated[0][1] if dated else None,
        oldest=dated[-1][1] if dated else None,
        step=step,
        intervals=intervals,
        earlier=len(dated) - shown,
        sources=_most(sources, LISTED),
        source_count=len(sources),
        sourceless=len(summaries) - sources.total(),
        topics=_most(topics, LISTED),
        topicless=len(summaries) - topics.total(),
    )


def read_names(store: Store, wait: Callable[[], None] = lambda: None, *, most: int = READ) -> Iterator[Names]:
    """Reads the `most` newest articles of an index and gives what is known every `REPORT_EVERY` of them.

    `wait` is called before each article. The last `Names` is final. Raises StoreError.
    """
    counter, stories, told = _NameCounter(), list[Story](), set[str]()
    with store.snapshot() as snapshot:
        summaries = snapshot.articles()
        planned = summaries[:most]

        def known(read: int) -> Names:
            found = counter.most(LISTED)
            return Names(
                snapshot.sequence, len(summaries), len(planned), read,
                found["person"], found["place"], found["organisation"], tuple(stories),
            )  # fmt: skip

        for read, summary in enumerate(planned):
            if read % REPORT_EVERY == 0:
                yield known(read)
            wait()
            article = snapshot.article(summary.id)
            counter.add(f"{article.title}\n{article.text}")
            if article.id not in told and (copies := snapshot.copies(article.id)):
                told |= {article.id, *(copy.id for copy in copies)}
                stories = sorted([*stories, _story(article, copies)], key=_rank)[:STORIES]
        yield known(len(planned))


@dataclass(slots=True)
class _NameCounter:
    """In how many articles each name stands, and what speaks for its kind."""

    articles: Counter[str] = field(default_factory=Counter)
    mentioned: Counter[str] = field(default_factory=Counter)
    votes: defaultdict[str, Counter[Kind]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, text: str) -> None:
        """The names of one article."""
        here = set()
        for mention in mentions(text):
            here.add(mention.text)
            self.mentioned[mention.text] += 1
            if mention.kind:
                self.votes[mention.text][mention.kind] += mention.weight
        self.articles.update(here)
        if len(self.articles) > HELD:
            self._forget()

    def _forget(self) -> None:
        for name in [name for name, count in self.articles.items() if count == 1]:
            del self.articles[name], self.mentioned[name]
            self.votes.pop(name, None)

    def most(self, count: int) -> dict[Kind, tuple[Count, ...]]:
        """Of each kind the `count` names that most articles have, `LEAST` or more."""
        of_kind: dict[Kind, Counter[str]] = {kind: Counter() for kind in KINDS}
        for name, articles in self.articles.items():
            if articles >= LEAST and (kind := self._kind(name)):
                of_kind[kind][name] = articles
        return {kind: _most(counts, count) for kind, counts in of_kind.items()}

    def _kind(self, name: str) -> Kind | None:
        votes = self.votes.get(name)
        if votes is None:
            return None
        kind = max(votes, key=votes.__getitem__)
        return kind if votes[kind] >= LEAST_SHARE * SURE * self.mentioned[name] else None


# ── When ──────────────────────────────────────────────────────────────────────────────────────────


def _day_of(summary: ArticleSummary) -> date | None:
    try:
        return date.fromisoformat(summary.published[:10]) if summary.published else None
    except ValueError:
        return None


def _intervals(days: Sequence[date]) -> tuple[Step, tuple[Interval, ...]]:
    """The finest step that leaves a plot readable; of very long times only the end. `days`: newest first."""
    if not days:
        return "day", ()
    first, last = min(days), max(days)
    for step, most in MOST_BARS.items():
        starts = _starts(step, first, last, most)
        if starts[0] <= first:
            break
    counts = Counter(_start_of(step, day) for day in days)
    return step, tuple(Interval(start, counts[start]) for start in starts)


def _starts(step: Step, first: date, last: date, most: int) -> list[date]:
    """The starts of the intervals from `first` to `last`, oldest first; of more than `most` the last."""
    starts = [_start_of(step, last)]
    while starts[-1] > first and len(starts) < most and starts[-1] > date.min:
        starts.append(_start_of(step, starts[-1] - timedelta(days=1)))
    return starts[::-1]


def _start_of(step: Step, day: date) -> date:
    if step == "week":
        return day - timedelta(days=min(day.weekday(), (day - date.min).days))
    return day.replace(day=1) if step == "month" else day.replace(month=1, day=1) if step == "year" else day


# ── How many ──────────────────────────────────────────────────────────────────────────────────────


def _counted(values: Iterable[str | None]) -> Counter[str]:
    """Each under its most common spelling; blanks and capitals do not make another one."""
    spellings: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for value in values:
        if value and value.strip():
            spellings[value.strip().casefold()][value.strip()] += 1
    return Counter({written.most_common(1)[0][0]: written.total() for written in spellings.values()})


def _most(counts: Counter[str], count: int) -> tuple[Count, ...]:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Count(name, articles) for name, articles in ordered[:count])


def _story(article: Article, copies: Sequence[Article]) -> Story:
    everywhere = [article, *copies]
    papers = {one.source.strip().casefold() for one in everywhere if one.source}
    first = min(everywhere, key=lambda one: (one.published or "9", one.id))
    return Story(first, len(everywhere), len(papers))


def _rank(story: Story) -> tuple[int, int, str]:
    return -story.papers, -story.articles, story.first.id
