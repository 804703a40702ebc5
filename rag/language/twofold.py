"""Questions that ask two things of one subject: "ở đâu và khi nào", "bao nhiêu tiền, vì sao"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rag.language.normalize import fold, matching_form, nfc
from rag.language.offices import office_in
from rag.language.patterns import compile_vietnamese, is_bare
from rag.language.questions import Kind, asked_for, satisfies

HOLDS = 0.8  # from here on a text has what a part asks for
# What is told by its form. A thing, a manner or a list may be any sentence.
FORMS: frozenset[Kind] = frozenset(["person", "office", "number", "hour", "date", "place", "cause"])
_JOINTS = (
    r", |;|(?<!\w)(?:và|rồi|cũng như|đồng thời|vào(?= (?:ngày|năm|tháng|lúc|hôm|thời))"
    r"|(?:vì|tại|để)(?= (?:sao|làm)))(?!\w)"
)
_WHO_IS = re.compile(r"(?<!\w)la ai(?!\w)")


@dataclass(frozen=True, slots=True)
class Part:
    """One of the things asked: its kind, and the words that ask for it."""

    kind: Kind
    question: str

    def held_by(self, text: str) -> float:
        """How well `text` could hold it, 0..1; see `satisfies`."""
        return satisfies(self.kind, text, self.question)


@lru_cache(maxsize=64)
def parts_of(question: str) -> tuple[Part, ...]:
    """What each part of `question` asks for, in its order; none when it asks for one thing."""
    asking = [piece for piece in _pieces(nfc(question)) if asked_for(piece) - {"yes_no"}]
    if len(asking) < 2:
        return ()
    return tuple(
        Part(kind, piece)
        for piece in asking
        for kind in sorted(asked_for(piece) & FORMS)
        if kind != "person" or not _is_looked_for_otherwise(piece)
    )


def _is_looked_for_otherwise(piece: str) -> bool:
    """Who holds an office is, by `rag.answering.holders`; "Lê Văn Tám là ai?" has the name."""
    return office_in(piece) is not None or _WHO_IS.search(fold(matching_form(piece))) is not None


def _pieces(question: str) -> Iterator[str]:
    """Cut before each word that may begin another question."""
    form = matching_form(question)
    joints = compile_vietnamese(_JOINTS, bare=is_bare(form)).finditer(form)
    cuts = [0, *(joint.start() for joint in joints), len(question)]
    return (question[start:end] for start, end in pairwise(cuts))
