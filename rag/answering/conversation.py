"""A follow-up → a question that stands alone, by rule.

"Bà còn giữ những chức vụ nào khác?" after a turn about Hoàng Thị X becomes "Hoàng Thị X còn giữ những
chức vụ nào khác?". Where there is nobody to put in, the names of the last question go along.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.language.names import names
from rag.language.normalize import fold, matching_form, tokens
from rag.types import Message

# What stands for somebody or something named before; matched without accents.
_PERSON = re.compile(
    r"\b(?:(?:ong|ba|anh|chi|co|nguoi|dong chi|vi)(?: ay| nay| do| ta)|ho|ong|ba)\b", re.IGNORECASE
)
_THING = re.compile(
    r"\b(?:(?:tinh|huyen|xa|thanh pho|dia phuong|noi|hoi nghi|du an|cong trinh|su viec|vu|chuong trinh"
    r"|don vi|cong ty|truong|giai|nghi quyet|cuoc thi|dot|bai|viec|dieu|so) (?:nay|do|ay)|o do|tai do)\b",
    re.IGNORECASE,
)
_POINTING = re.compile(r"\b[^\W\d_]+ (?:này|đó|ấy)\b")  # with accents it cannot be "hôm nay" or "do"
_CONTINUES = re.compile(r"^(?:con|the|vay|the con|con nua|vay con|ngoai ra|roi sao)\b", re.IGNORECASE)
_HONORIFIC = re.compile(r"(?:^|\W)(?:ông|bà|anh|chị|cô|đồng chí|em|cụ) $", re.IGNORECASE)
SHORT = 4  # a question of so few syllables, in a conversation, goes on about the same thing


def standalone(question: str, history: Sequence[Message]) -> str:
    """`question` with what it leaves unsaid filled in from `history`; unchanged when it stands alone."""
    earlier = [m["content"] for m in history]
    if not earlier:
        return question
    folded = fold(question)
    person = last_person(earlier)
    # A title before a name ("bà Lan") is no reference to somebody else.
    reference = next(
        (m for m in _PERSON.finditer(folded) if not _name_follows(question, m.end())),
        None,
    )
    if reference and person:
        return f"{question[: reference.start()]}{person}{question[reference.end() :]}"
    points = _THING.search(folded) or _POINTING.search(matching_form(question))
    if points or _CONTINUES.match(folded) or len(tokens(question)) <= SHORT or reference:
        return _with_topic(question, history)
    return question


def _name_follows(question: str, position: int) -> bool:
    return bool(re.match(r"\s+[^\W\d_]", question[position:])) and question[position:].lstrip()[:1].isupper()


def last_person(turns: Sequence[str]) -> str | None:
    """The person named last in the conversation: by surname, or by what stands before the name."""
    for turn in reversed(turns):
        people = [
            name.text
            for name in names(turn)
            if name.is_person or _HONORIFIC.search(turn[max(0, name.start - 12) : name.start])
        ]
        if people:
            return people[-1]
    return None


def _with_topic(question: str, history: Sequence[Message]) -> str:
    """The question followed by what the last question was about."""
    asked = [m["content"] for m in history if m["role"] == "user"]
    if not asked:
        return question
    return f"{question.rstrip(' ?')} ({asked[-1].rstrip(' ?')})?"
