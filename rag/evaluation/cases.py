"""Case files → Cases: our own JSON lines, SQuAD 1.1/2.0 JSON, flat SQuAD lines; each plain or `.gz`."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, cast

from rag.errors import InputError
from rag.language.normalize import nfc
from rag.types import Article, Message

_BIGGEST_FILE = 512 * 2**20  # bytes after decompression: a case file is text that people wrote


@dataclass(frozen=True, slots=True)
class Case:
    """One question and what its answer must be.

    `answers` holds one tuple of alternatives per fact. An `abstain` case must be refused.
    """

    id: str
    question: str
    history: tuple[Message, ...] = ()
    answers: tuple[tuple[str, ...], ...] = ()
    reference: str | None = None  # a full-sentence gold answer
    articles: tuple[str, ...] = ()  # ids or file stems that hold the answer
    abstain: bool = False
    tags: tuple[str, ...] = ()
    today: date | None = None  # what "hôm qua" counts from, None: the day of the run
    hidden: frozenset[str] = frozenset()  # article ids the assistant must not see
    related: frozenset[str] = frozenset()  # article ids that `drop_gold` hides
    place: str = ""  # "file:line", for messages

    @property
    def judgeable(self) -> bool:
        """Whether an answer can be called right or wrong; a reference text alone does not suffice."""
        return self.abstain or bool(self.answers)


# ── Reading ───────────────────────────────────────────────────────────────────────────────────────


def read_cases(paths: Iterable[Path]) -> tuple[Case, ...]:
    """All cases of the files, in order.

    Raises InputError, naming file and line, for a file that is missing, empty, damaged or of another
    format, a record that lacks something, and an id that occurs twice.
    """
    cases: list[Case] = []
    for path in paths:
        found = [_case(record, place) for record, place in records(path)]
        if not found:
            raise InputError("eval.empty_file", path=path)
        cases += found
    _check_unique(cases)
    return _with_related(cases)


def _check_unique(cases: Sequence[Case]) -> None:
    places: dict[str, str] = {}
    for case in cases:
        if case.id in places:
            raise InputError("eval.duplicate_id", place=case.place, id=case.id, first=places[case.id])
        places[case.id] = case.place


def _with_related(cases: Sequence[Case]) -> tuple[Case, ...]:
    """SQuAD cases learn the contexts that share their title: to hide one, all of those must go."""
    by_title: defaultdict[str, set[str]] = defaultdict(set)
    for case in cases:
        for title in case.related:
            by_title[title].update(case.articles)
    families = {title: frozenset(ids) for title, ids in by_title.items()}
    return tuple(
        replace(case, related=families[next(iter(case.related))])
        if case.related
        else replace(case, related=frozenset(case.articles))
        for case in cases
    )


def records(path: Path) -> Iterator[tuple[dict[str, Any], str]]:
    """The records of a case file, nested SQuAD made flat, each with its place "file:line"."""
    content = _read(path)
    try:
        whole = json.loads(content)
    except json.JSONDecodeError:
        whole = None  # several lines, each its own JSON
    if isinstance(whole, dict) and "data" in whole:
        yield from _flattened(whole["data"], str(path))
        return
    for number, line in enumerate(content.split("\n") if whole is None else [content], start=1):
        if not line.strip():
            continue
        place = f"{path}:{number}"
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            raise InputError("eval.not_json", place=place, reason=error.msg, column=error.colno) from error
        if not isinstance(record, dict):
            raise InputError("eval.not_object", place=place)
        yield record, place


def _read(path: Path) -> str:
    try:
        if path.suffix == ".gz":
            with gzip.open(path) as file:
                raw = file.read(_BIGGEST_FILE + 1)
        else:
            with path.open("rb") as file:
                raw = file.read(_BIGGEST_FILE + 1)
        if len(raw) > _BIGGEST_FILE:
            raise InputError("eval.file_too_big", path=path, limit=_BIGGEST_FILE // 2**20)
        return raw.decode("utf-8-sig")
    except FileNotFoundError as error:
        raise InputError("eval.no_file", path=path) from error
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise InputError("eval.unreadable", path=path, reason=error) from error


def _flattened(data: object, path: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Nested SQuAD (`data[].paragraphs[].qas[]`) as flat records; the place is the path inside the JSON."""
    for a, article in enumerate(_list(data, "data", path)):
        at_article = f"{path}:data[{a}]"
        paragraphs = _field(article, "paragraphs", at_article)
        for p, paragraph in enumerate(_list(paragraphs, "paragraphs", at_article)):
            at_paragraph = f"{at_article}.paragraphs[{p}]"
            shared = {
                "title": cast("dict[str, Any]", article).get("title", ""),
                "context": _field(paragraph, "context", at_paragraph),
            }
            questions = _field(paragraph, "qas", at_paragraph)
            for q, question in enumerate(_list(questions, "qas", at_paragraph)):
                place = f"{at_paragraph}.qas[{q}]"
                if not isinstance(question, dict):
                    raise InputError("eval.not_object", place=place)
                yield question | shared, place


def _list(value: object, name: str, place: str) -> list[Any]:
    if not isinstance(value, list):
        raise InputError("eval.wrong_type", place=place, field=name, wanted="[…]")
    return value


def _field(record: object, name: str, place: str) -> Any:
    if not isinstance(record, dict):
        raise InputError("eval.not_object", place=place)
    if name not in record:
        raise InputError("eval.missing_field", place=place, field=name)
    return record[name]


# ── One record → one case ─────────────────────────────────────────────────────────────────────────


def _case(record: Mapping[str, Any], place: str) -> Case:
    return _squad_case(record, place) if "context" in record else _own_case(record, place)


def _own_case(record: Mapping[str, Any], place: str) -> Case:
    abstain = record.get("abstain", False)
    if not isinstance(abstain, bool):
        raise InputError("eval.wrong_type", place=place, field="abstain", wanted="true | false")
    answers = tuple(
        tuple(_texts(fact, "answers", place)) for fact in _list(record.get("answers", []), "answers", place)
    )
    if not all(answers):
        raise InputError("eval.wrong_type", place=place, field="answers", wanted='[["…", …], …]')
    reference = _optional(record, "reference", place)
    articles = tuple(_texts(record.get("articles", []), "articles", place))
    if abstain and answers:
        raise InputError("eval.answer_and_abstain", place=place)
    if not (abstain or answers or reference or articles):
        raise InputError("eval.nothing_to_judge", place=place)
    return Case(
        id=_text(record, "id", place),
        question=_text(record, "question", place),
        history=_history(record.get("history", []), place),
        answers=answers,
        reference=reference,
        articles=articles,
        abstain=abstain,
        tags=tuple(_texts(record.get("tags", []), "tags", place)),
        today=_day(_optional(record, "today", place), place),
        place=place,
    )


def _squad_case(record: Mapping[str, Any], place: str) -> Case:
    impossible = record.get("is_impossible", False)
    if not isinstance(impossible, bool):
        raise InputError("eval.wrong_type", place=place, field="is_impossible", wanted="true | false")
    given = _list(_field(record, "answers", place), "answers", place)
    spans = dict.fromkeys(_text(span, "text", place) for span in given)
    if not spans and not impossible:
        raise InputError("eval.nothing_to_judge", place=place)
    context = context_article(record, place)
    return Case(
        id=_text(record, "id", place),
        question=_text(record, "question", place),
        answers=(tuple(spans),) if spans and not impossible else (),
        articles=(context.id,),
        abstain=impossible,
        related=frozenset({context.title or context.id}),  # replaced by the ids once all files are read
        place=place,
    )


def context_article(record: Mapping[str, Any], place: str) -> Article:
    """The context of a flat SQuAD record as an article; its id depends on the text alone.

    Raises InputError for a context that is missing or blank.
    """
    text = nfc(_text(record, "context", place)).strip()
    title = nfc(_optional(record, "title", place) or "").replace("_", " ").strip()
    content_hash = hashlib.sha256(f"{title}\n{text}".encode()).hexdigest()
    identity = hashlib.sha256(text.encode()).hexdigest()[:16]
    return Article(id=f"context-{identity}", title=title, text=text, content_hash=content_hash)


def _text(record: object, name: str, place: str) -> str:
    value = _field(record, name, place)
    if not isinstance(value, str) or not value.strip():
        raise InputError("eval.wrong_type", place=place, field=name, wanted='"…"')
    return value


def _optional(record: Mapping[str, Any], name: str, place: str) -> str | None:
    return None if record.get(name) in (None, "") else _text(record, name, place)


def _texts(value: object, name: str, place: str) -> list[str]:
    values = _list(value, name, place)
    if not all(isinstance(item, str) and item.strip() for item in values):
        raise InputError("eval.wrong_type", place=place, field=name, wanted='["…", …]')
    return values


def _history(value: object, place: str) -> tuple[Message, ...]:
    messages = _list(value, "history", place)
    for message in messages:
        if _field(message, "role", place) not in ("user", "assistant"):
            raise InputError("eval.wrong_type", place=place, field="role", wanted="user | assistant")
        _text(message, "content", place)
    return tuple(Message(role=message["role"], content=message["content"]) for message in messages)


def _day(value: str | None, place: str) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError as error:
        raise InputError("eval.wrong_type", place=place, field="today", wanted="YYYY-MM-DD") from error
