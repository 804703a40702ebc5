"""A follow-up → a question that stands alone, by rule; no language model is asked.

Turn by turn from the beginning of the conversation: each question is resolved against the one before it as
that was resolved, so that the third "còn …?" still knows what the first was about.

    Bà còn giữ chức vụ nào khác?   after Hoàng Thị X     Hoàng Thị X còn giữ chức vụ nào khác?
    Còn năm 2022?                  the period changes    Năm 2022 Lam Giang tăng trưởng bao nhiêu?
    Còn Bắc Ninh thì sao?          the name changes      Thu ngân sách của Bắc Ninh là bao nhiêu?
    Cầu đó dài bao nhiêu?          the noun is named     Cầu Sông Mây dài bao nhiêu?
    Ai chủ trì?                    nothing of its own    Ai chủ trì (Hội nghị tổng kết xây dựng Đảng)?

A question with a subject of its own is left as it is: the topic has changed. Whether a short one has ("Giá
vàng bao nhiêu?") its words alone do not say: it is filled in, as a guess that the search can refute.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.language.date_mentions import DateMention, dates_in
from rag.language.names import Name, names, numbers
from rag.language.normalize import fold, matching_form, nfc, tokens
from rag.language.patterns import compile_vietnamese, is_bare
from rag.language.questions import WHICH_HOUR, asked_for, content_words
from rag.language.references import Person, points_at_thing, refers_to_person, says_they
from rag.types import Message

TURNS = 6  # earlier questions that are looked at
SHORT = 4  # a question of so few syllables, in a conversation, goes on about the same thing
LEAST_SUBJECT = 5  # content words of a question with a subject of its own, a year being two; …
LEAST_BARE_SUBJECT = 4  # … without accents, where names cannot be seen
OWN_TOPIC = 6  # content words of a question that leaves the topic before it behind
LEAST_OF_ITS_OWN = 2  # content words of a question that may be about something else altogether
SURE = 0.65  # sufficiency from which on a guess is believed (benchmarks.fit_guess)

_CONTINUES = (
    r"^(?:(?:thế |vậy |rồi )?còn(?: nữa| lại)?|thế|vậy|ngoài ra|rồi sao|rồi)"
    r"(?: đối với| ở| về| tại)?(?!\w)\W*"
)
_ENDS = re.compile(
    r"[\s,]*(?:thì sao|thi sao|thì thế nào|thi the nao|ra sao|nhỉ|nhi|nữa|nua)?[\s?.!]*$", re.IGNORECASE
)
# "Giờ" is no stop word: by itself it says something.
_HOUR = rf"(?<!\w)(?i:(?:(?:từ|đến|tới|vào) )?(?:lúc )?(?:{WHICH_HOUR}))(?!\w)"
_PREPOSITION = re.compile(
    r"^(?:ở|tại|trong|vào|vao|hồi|hoi|đối với|doi voi|với|về|của|cua)\s+", re.IGNORECASE
)
_STEP = re.compile(
    r"(?:nam|quy|thang) (?:(?P<next>sau(?: do)?|tiep theo|ke tiep|toi)|(?P<last>truoc(?: do)?|lien truoc))",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_PERIOD = re.compile(
    r"^(?:(?:trong|vào|vao|hồi|hoi|đến|den)\s+)?(?:năm|nam|tháng|thang|quý|quy|ngày|ngay)?\s*$", re.IGNORECASE
)
_SPELLED = {"nam": "năm", "thang": "tháng", "quy": "quý", "ngay": "ngày"}
_POINTING = re.compile(r"(?<!\w)(?P<noun>[^\W\d_]+) (?:đó|này|ấy)(?!\w)", re.IGNORECASE)
_BARE_PERIOD = re.compile(r"^(?:nam|thang|quy|ngay)\b", re.IGNORECASE)
_PLACE_NOUN = re.compile(
    r"(?:tinh uy|thanh uy|huyen uy|tinh|huyen|xa|thanh pho|tp|quan|phuong|thi xa|thi tran|thon|cau|ho|song"
    r"|truong|benh vien|cong ty|doi|giong|chuong trinh|nghi quyet)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Resolved:
    """A question as it stands alone, and what it is about, for those that follow.

    `guessed` says that nothing in it but its shortness shows that it goes on.
    """

    text: str
    topic: str
    guessed: bool = False


def standalone(question: str, history: Sequence[Message]) -> Resolved:
    """`question` with what it leaves unsaid filled in from `history`; unchanged when it stands alone."""
    recent = _recent(history)
    last: Resolved | None = None
    said: list[str] = []
    for turn in recent:
        if turn["role"] == "user":
            last = _resolve(turn["content"], last, said)
        said.append(turn["content"])
    return _resolve(question, last, said)


def _recent(history: Sequence[Message]) -> list[Message]:
    """The turns from the sixth question before this one on."""
    asked = [i for i, turn in enumerate(history) if turn["role"] == "user"]
    return list(history[asked[-TURNS] :] if len(asked) > TURNS else history)


def _resolve(question: str, last: Resolved | None, said: Sequence[str]) -> Resolved:
    """`question` after `last` and everything that was `said`."""
    reference = refers_to_person(question)
    person = last_person(said, reference.person) if reference else None
    if reference and person:
        text = f"{question[: reference.start]}{person}{question[reference.end :]}"
        return Resolved(text, topic_of(text))
    changed = _with_named_thing(question, said) or (_with_change(question, last.text) if last else None)
    if changed:
        return Resolved(changed, topic_of(changed))
    own = Resolved(question, topic_of(question))
    if last is None:
        return own
    points = points_at_thing(question) or says_they(question)
    if reference or points or _goes_on(question):
        answered = _answer_names(said, f"{question} {last.topic}") if points else []
        topic = "; ".join(part for part in (last.topic, *answered) if part)
        # What was asked in passing does not become the topic, or the third turn forgets the first.
        own_words = len(content_words(question)) >= LEAST_OF_ITS_OWN
        guessed = own_words and not (reference or points or _continues(question))
        return Resolved(f"{question.rstrip(' ?')} ({topic})?" if topic else question, last.topic, guessed)
    if names(question) or not last.topic or len(content_words(question)) >= OWN_TOPIC:
        return own
    # "Tỷ số là bao nhiêu?" may still be about the same game.
    return Resolved(question, f"{own.topic}; {last.topic.split('; ')[0]}")


def _with_named_thing(question: str, said: Sequence[str]) -> str | None:
    """`Cầu đó dài bao nhiêu?` after something about "cầu Sông Mây": the noun has been said with its name."""
    pointing = _POINTING.search(question)
    if not pointing:
        return None
    noun = re.escape(pointing["noun"])
    for turn in reversed(said):
        for name in reversed(names(nfc(turn))):
            whole = re.match(rf"(?i:{noun}) (?=\w)", name.text)  # the noun may count as a part of the name
            before = re.search(rf"(?i:(?<!\w){noun}) $", nfc(turn)[: name.start])
            if whole or before:
                said_so = name.text if whole else f"{pointing['noun']} {name.text}"
                return f"{question[: pointing.start()]}{said_so}{question[pointing.end() :]}"
    return None


def _goes_on(question: str) -> bool:
    """Whether there is too little in it to be a question of its own."""
    if _continues(question) or len(tokens(question)) <= SHORT:
        return True
    if names(question) or numbers(question):
        return False
    least = LEAST_BARE_SUBJECT if is_bare(question) else LEAST_SUBJECT
    return len(content_words(question)) < least


def _continues(question: str) -> re.Match[str] | None:
    """ "Còn …", "Thế …" at the beginning; "Con số …" is none."""
    form = matching_form(question)
    return compile_vietnamese(_CONTINUES, bare=is_bare(form)).match(form)


# ── The same question of another time or of somebody else ─────────────────────────────────────────


def _with_change(question: str, last: str) -> str | None:
    """`last` with the period or the name that `question` puts in the place of its own."""
    start = _continues(question)
    end = _ENDS.search(question)
    bare = question[start.end() if start else 0 : end.start() if end else len(question)].strip()
    bare = _PREPOSITION.sub("", bare)
    if not bare or asked_for(bare):
        return None
    return (
        _other_year(bare, last)
        or _other_period(bare, last)
        or (_other_name(bare, last) if start or end else None)
    )


def _other_year(bare: str, last: str) -> str | None:
    """ "Còn năm sau?" """
    step = _STEP.fullmatch(fold(bare))
    years = _YEAR.findall(last)
    if not step or not years:
        return None
    year = int(years[-1])
    return last.replace(years[-1], str(year + 1 if step["next"] else year - 1))


def _other_period(bare: str, last: str) -> str | None:
    """ "Còn năm 2022?", "Quý II thì sao?" """
    found = dates_in(bare)
    if len(found) != 1 or not _PERIOD.match(bare[: found[0].start]) or bare[found[0].end :].strip(" ,."):
        return None
    new = found[0]
    old = dates_in(nfc(last))
    if not old:
        return f"{last.rstrip(' ?')} {bare}?"
    same = [date for date in old if _same_kind(date, new)] or old
    target = same[-1]
    before = nfc(last)[: target.start]
    kept = new if target.year and not new.year and (new.month or new.quarter) else None
    replacement = bare[new.start : new.end] + (f" năm {target.year}" if kept else "")
    noun = re.search(r"(?:năm|nam|tháng|thang|quý|quy|ngày|ngay)\s+$", before, re.IGNORECASE)
    if noun and not replacement[:1].isdigit():
        before = before[: noun.start()]
    if not is_bare(last):
        replacement = _BARE_PERIOD.sub(lambda match: _SPELLED[match.group().lower()], replacement)
    if before:
        replacement = replacement[:1].lower() + replacement[1:]
    changed = f"{before}{replacement}{nfc(last)[target.end :]}"
    return changed[0].upper() + changed[1:]


def _same_kind(left: DateMention, right: DateMention) -> bool:
    return (bool(left.day), bool(left.month), bool(left.quarter)) == (
        bool(right.day),
        bool(right.month),
        bool(right.quarter),
    )


def _other_name(bare: str, last: str) -> str | None:
    """ "Còn Bắc Ninh?": in the place of the name of the same kind, which is often not the only one."""
    found = names(bare)
    if len(found) != 1 or bare[found[0].end :].strip(" ,."):
        return None
    new = found[0]
    noun = bare[: new.start].strip()
    if noun and not _PLACE_NOUN.fullmatch(fold(noun)):
        return None
    text = nfc(last)
    old = [name for name in names(text) if name.text != new.text]
    alike = [name for name in old if _alike(name, new, text, noun)]
    if not alike:
        return None
    target = alike[-1]
    with_noun = noun and not _noun_before(target, text)
    renamed = _renamed(target, f"{noun} {new.text}" if with_noun else new.text)
    return f"{text[: target.start]}{renamed}{text[target.end :]}"


def _alike(old: Name, new: Name, text: str, noun: str) -> bool:
    """Whether one could stand for the other: both after the same noun, or both places, people, acronyms."""
    before = _noun_before(old, text)
    if noun and before:
        return before == fold(noun).lower()
    if old.text.isupper() != new.text.isupper():
        return False
    return bool(before) or len(old.text.split()) == len(new.text.split())


def _noun_before(name: Name, text: str) -> str:
    """`huyen` of "huyện Đồng Lau"; empty when there is none."""
    found = _PLACE_NOUN.search(fold(text[max(0, name.start - 14) : name.start]).rstrip(" ."))
    return found.group().lower() if found else ""


def _renamed(old: Name, new: str) -> str:
    """ "Tỉnh ủy Hà Nam" → "Tỉnh ủy Hà Tĩnh": what is written small belongs to the office, not the place."""
    words = old.text.split()
    small = [i for i, word in enumerate(words) if word[0].islower()]
    kept = words[: small[-1] + 1] if small and small[-1] + 1 < len(words) else []
    return " ".join([*kept, new])


# ── What the conversation is about ────────────────────────────────────────────────────────────────


def topic_of(question: str) -> str:
    """The words of `question` that say what it is about, without those that ask."""
    composed = nfc(question)
    composed = compile_vietnamese(_HOUR, bare=is_bare(composed)).sub(" ", composed)
    form = matching_form(composed)
    kept = ""
    position = 0
    for word in content_words(composed):
        start = form.find(word, position)
        if start < 0:
            continue
        gap = composed[position:start]
        position = start + len(word)
        # "2025-2026" and "TP.HCM" stay one
        kept += (gap if kept and not any(map(str.isspace, gap)) else " ") + composed[start:position]
    return kept.strip()


def last_person(turns: Sequence[str], wanted: Person) -> str | None:
    """The person named last in the conversation whom `wanted` can mean: "bà" is no Văn, "ông" no Thị."""
    for turn in reversed(turns):
        composed = nfc(turn)
        people = [name for name in names(composed) if wanted.can_be(name, composed)]
        if people:
            best = [name for name in people if wanted.titled(name, composed)] or people
            return best[-1].person or best[-1].text
    return None


def _answer_names(said: Sequence[str], known: str) -> list[str]:
    """At most two names that the last answer brought up."""
    found = [name.text for name in names(said[-1]) if fold(name.text).lower() not in fold(known).lower()]
    return list(dict.fromkeys(found))[:2]
