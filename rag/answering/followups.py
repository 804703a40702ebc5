"""Questions to go on with after an answer: about names that its articles bring up and nobody has asked about.

Made from what was found, so that they lead somewhere; whether they do is for the caller to see, by asking
them without the LLM.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from rag.language.name_kinds import mentions
from rag.language.normalize import matching_form
from rag.texts import text
from rag.types import Quote

READ = 6_000  # characters of an article that are looked at
NEAR = 400  # characters around a quote in which a name counts for more
NEAR_WEIGHT = 3
MOST_SYLLABLES = 4  # more are two names that stand side by side: Hà Trung Sơn Vi Văn Thắng


def candidates(said: str, quotes: Sequence[Quote], most: int) -> tuple[str, ...]:
    """At most `most` questions about what the articles of `quotes` name and `said` does not, best first.

    Names near the quotes come first, then those said most often. `said` is the question and its answer.
    """
    papers = [quote.article.source or "" for quote in quotes]  # they name themselves
    known = matching_form(" ".join([said, *papers]))
    weights: Counter[str] = Counter()
    kinds: defaultdict[str, Counter[str]] = defaultdict(Counter)
    titles: defaultdict[str, str] = defaultdict(str)
    for quote in quotes:
        body = quote.article.text
        near = body[max(0, quote.start - NEAR) : quote.end + NEAR]
        for part, weight in ((body[:READ], 1), (near, NEAR_WEIGHT)):
            for mention in mentions(part):
                name = mention.text
                if len(name.split()) <= MOST_SYLLABLES and matching_form(name) not in known:
                    weights[name] += weight
                    if mention.kind:
                        kinds[name][mention.kind] += mention.weight
                        titles[name] = titles[name] or mention.title
    whole = [name for name in weights if not any(name != other and name in other for other in weights)]
    best = sorted(whole, key=lambda name: -weights[name])[:most]
    return tuple(_question(name, kinds[name], titles[name]) for name in best)


def _question(name: str, kinds: Counter[str], title: str) -> str:
    """A person, called as the articles do, says something; of anything else there is news."""
    is_person = bool(kinds) and kinds.most_common(1)[0][0] == "person"
    if not is_person:
        return text("answer.followup_name", name=name)
    return text("answer.followup_person", name=f"{title[:1].upper()}{title[1:]} {name}".lstrip())
