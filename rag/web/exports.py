"""Records → files that leave the page: text, Markdown, JSON, cases for `hoibao eval`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from rag.web.conversations import Conversation
from rag.web.records import Record, Source, history

_MARKS = re.compile(r"\[\d+\]")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~!])")


def plain(record: Record) -> str:
    """The answer as text with its sources, for the clipboard."""
    lines = [record.question, "", record.text]
    if record.sources:
        lines.append("")
    lines += [f"[{source.number}] “{source.quote}” ({', '.join(source.names)})" for source in record.sources]
    return "\n".join(lines)


def markdown(conversation: Conversation, records: Iterable[Record]) -> str:
    """A conversation to read on: questions as headings, answers, and the quotes under their numbers."""
    parts = [f"# {_safe(conversation.title)}"]
    for record in records:
        parts += [f"## {_safe(record.question)}", _safe(record.text)]
        parts += [
            f"> [{source.number}] {_safe(source.quote)}\n>\n> {_named(source)}" for source in record.sources
        ]
    return "\n\n".join(parts) + "\n"


def as_json(conversation: Conversation, records: Iterable[Record]) -> str:
    """A conversation for programs: everything that is kept of it."""
    value = {**asdict(conversation), "records": [asdict(record) for record in records]}
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def cases(conversations: Iterable[Sequence[Record]]) -> str:
    """What readers judged, as JSON lines for `hoibao eval` (see docs/evaluation.md).

    An answer called right becomes its own reference, a refusal called right a case to refuse. What was
    called wrong needs a hand: its reason stands in `note`, and as the reference when the refusal was wrong.
    """
    lines = []
    for records in conversations:
        for place, record in enumerate(records):
            if record.opinion and record.said:
                lines.append(json.dumps(_case(record, records[:place]), ensure_ascii=False))
    return "".join(f"{line}\n" for line in lines)


def _case(record: Record, before: Sequence[Record]) -> dict[str, Any]:
    good = record.opinion == "good"
    articles = list(dict.fromkeys(source.article for source in record.sources or record.nearest))
    case: dict[str, Any] = {
        "id": record.id,
        "question": record.question,
        "history": list(history(before)),
        "tags": ["reader", f"reader-{record.opinion}"],
        "today": record.asked[:10],
        "note": record.reason,
    }
    if record.outcome == "refused" and good:
        return {**case, "abstain": True}
    if good:
        return {**case, "reference": _MARKS.sub("", record.text), "articles": articles}
    return {**case, "reference": record.reason or None, "articles": articles}


def _safe(words: str) -> str:
    """Text that Markdown shows as it is."""
    return _MARKDOWN.sub(r"\\\1", words)


def _named(source: Source) -> str:
    title, *rest = source.names
    return ", ".join([f"**{_safe(title)}**", *map(_safe, rest)])


def file_name(conversation: Conversation, suffix: str) -> str:
    """`hoi-bao-2026-11-26.md`; titles may hold what file systems do not like."""
    return f"hoi-bao-{conversation.updated[:10]}{suffix}"
