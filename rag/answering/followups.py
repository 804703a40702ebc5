"""Questions to go on with after an answer: about names that its articles bring up and nobody has asked about.

Made from what was found, so that they lead somewhere; whether they do is for the caller to see, by asking
them without the LLM.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rag.language.names import Name, names, pieces
from rag.language.normalize import matching_form
from rag.texts import text
from rag.types import Quote

READ = 6_000  # characters of an article that are looked at
NEAR = 400  # characters around a quote in which a name counts for more
NEAR_WEIGHT = 3
LEAST_SYLLABLES = 2  # of a name that can be asked about
MOST_SYLLABLES = 4  # more are two names that stand side by side: Hà Trung Sơn Vi Văn Thắng
FULL_NAME = 3  # syllables from which on a person's name is no place's: Hà Sơn may be either

_OFFICES = frozenset(
    [
        *("Sở", "Bộ", "Ban", "Cục", "Vụ", "Viện", "Hội", "Phòng", "Chi", "Tổng", "Ủy", "Trường"),
        *("Phó", "Chủ", "Giám", "Thủ", "Bí", "Thứ"),
    ]
)
"""Their names go on in small letters, and where they end is not to be seen: Sở Xây dựng, Phó Chủ tịch."""


def candidates(said: str, quotes: Sequence[Quote], most: int) -> tuple[str, ...]:
    """At most `most` questions about what the articles of `quotes` name and `said` does not, best first.

    Names near the quotes come first, then those said most often. `said` is the question and its answer.
    """
    known = matching_form(said)
    found: Counter[str] = Counter()
    people: set[str] = set()
    for quote in quotes:
        for name in _whole(quote.article.text[:READ]):
            if matching_form(name.text) not in known:
                near = quote.start - NEAR <= name.start <= quote.end + NEAR
                found[name.text] += NEAR_WEIGHT if near else 1
                if name.is_person and len(name.text.split()) >= FULL_NAME:
                    people.add(name.text)
    whole = [name for name in found if not any(name != other and name in other for other in found)]
    best = sorted(whole, key=lambda name: -found[name])
    return tuple(
        text("answer.followup_person" if name in people else "answer.followup_name", name=name)
        for name in best[:most]
    )


def _whole(body: str) -> Iterator[Name]:
    """The names of a text that can stand in a question: no office cut short, no acronym, no syllable."""
    for name in names(body):
        for piece in pieces(name):
            words = piece.text.split()
            cut_short = words[0] in _OFFICES and body[piece.end : piece.end + 2].strip().islower()
            if not cut_short and LEAST_SYLLABLES <= len(words) <= MOST_SYLLABLES:
                yield piece
