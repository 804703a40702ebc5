"""Ranked passages → the places of the list: said once, neighbours read as one, no article taking them all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rag.copies import SAME, Wording, says, wording
from rag.types import Article, Passage

NEIGHBOURS = 3  # passages that one place holds at most: a reader and the evidence get no more than a page
SHARE = 3  # places of one article, as long as others wait for theirs


@dataclass(frozen=True, slots=True)
class Place:
    """A passage, or up to three neighbouring ones of an article, the best-ranked first."""

    passages: tuple[Passage, ...]
    copies: tuple[Article, ...] = ()  # articles that carry the same story

    @property
    def article_id(self) -> str:
        return self.passages[0].article_id

    def touches(self, passage: Passage) -> bool:
        """Whether `passage` stands before, between or after these in the article."""
        numbers = [member.number for member in self.passages]
        near = min(numbers) - 1 <= passage.number <= max(numbers) + 1
        return near and passage.article_id == self.article_id

    def span(self, article: Article) -> Passage:
        """All of it as one passage, under the id of the best."""
        start = min(passage.start for passage in self.passages)
        end = max(passage.end for passage in self.passages)
        return replace(self.passages[0], start=start, end=end, text=article.text[start:end])


def collapse(
    ranked: Sequence[Passage], k: int, copies_of: Callable[[str], tuple[Article, ...]]
) -> list[Place]:
    """The first `k` places that passages, best first, make.

    What a better passage says already is left out, and so is what the passages of a better copy of the
    same article say. `copies_of` gives the articles that carry an article's story.
    """
    places: list[Place] = []
    waiting: list[Passage] = []
    said = _Said()
    stories = _Stories(ranked, copies_of)
    # Those that wait for others come again when all others have had their turn.
    for share, passages in ((SHARE, ranked), (k, waiting)):
        for passage in passages:
            if len(places) == k:
                return places
            own = wording(passage.text)
            if said.holds(own) or stories.told(passage.article_id, own):
                continue
            joined = _join(places, passage)
            if joined is not None:
                places = joined
            elif sum(place.article_id == passage.article_id for place in places) >= share:
                waiting.append(passage)
                continue  # perhaps it is never shown: what it says may still be said by another
            else:
                places.append(Place((passage,), stories.copies(passage.article_id)))
            said.add(own)
    return places


def _join(places: Sequence[Place], passage: Passage) -> list[Place] | None:
    """The places with `passage` in the one it continues, or between two; None when it continues none."""
    touched: list[Place] = []
    room = NEIGHBOURS - 1
    for place in places:
        if place.touches(passage) and len(place.passages) <= room:
            touched.append(place)
            room -= len(place.passages)
    if not touched:
        return None
    best, *others = touched
    members = (*best.passages, *(member for place in others for member in place.passages), passage)
    joined = replace(best, passages=members)
    return [joined if place is best else place for place in places if place not in others]


class _Said:
    """What the places say so far."""

    def __init__(self) -> None:
        self._wordings: list[Wording] = []
        self._runs: set[int] = set()

    def add(self, own: Wording) -> None:
        self._wordings.append(own)
        self._runs |= own.runs

    def holds(self, own: Wording) -> bool:
        """Whether a single one says all of it. What they do not even say together need not be held
        against each, and most passages are of that kind."""
        if len(own.runs & self._runs) < SAME * len(own.runs):
            return False
        return any(says(better, own) for better in self._wordings)


class _Stories:
    """Which articles carry one story, as far as they have come up."""

    def __init__(self, ranked: Sequence[Passage], copies_of: Callable[[str], tuple[Article, ...]]) -> None:
        self._ranked = ranked
        self._copies_of = copies_of
        self._copies: dict[str, tuple[Article, ...]] = {}  # of the articles that have a place
        self._better: dict[str, str] = {}  # the article that tells the story of another
        self._wordings: dict[str, Wording] = {}

    def copies(self, article_id: str) -> tuple[Article, ...]:
        """The copies of an article, which from here on is the one that tells their story."""
        if article_id not in self._copies:
            self._copies[article_id] = self._copies_of(article_id)
            for copy in self._copies[article_id]:
                if copy.id not in self._copies:
                    self._better.setdefault(copy.id, article_id)
        return self._copies[article_id]

    def told(self, article_id: str, passage: Wording) -> bool:
        """Whether a better copy of the article says the same, in the passages that were found of it."""
        better = self._better.get(article_id)
        if better is None:
            return False
        if better not in self._wordings:
            found = sorted((p for p in self._ranked if p.article_id == better), key=lambda p: p.number)
            self._wordings[better] = wording("\n".join(p.text for p in found))
        return says(self._wordings[better], passage)
