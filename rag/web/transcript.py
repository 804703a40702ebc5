"""Records → HTML: the conversation as it stands on the page."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.texts import text
from rag.web import cards
from rag.web.exports import plain
from rag.web.markup import attributes, button, escape, number
from rag.web.records import Opinion, Record, Unsaid

LONGEST_REASON = 500  # characters of why an answer is right or wrong

_MARK = re.compile(r"\[(\d+)\]")
_BETWEEN_PARAGRAPHS = re.compile(r"\n\s*\n")


def conversation(records: Sequence[Record], conversation_id: str | None = None) -> str:
    """All records, the last with questions to go on with. The script reads the id and keeps it in the
    page's address.
    """
    turns = "".join(_turn(one, last=one is records[-1]) for one in records)
    return f"<div{attributes({'data-conversation': conversation_id or ''})}>{turns}</div>"


def question(words: str, lines: Sequence[str]) -> str:
    """A question and how it was understood."""
    understood = f'<p class="hb-understood">{escape(" · ".join(lines))}</p>' if lines else ""
    return (
        f'<h2 class="hb-question"><span class="hb-hidden">{escape(text("web.your_question"))}: </span>'
        f"{escape(words)}</h2>{understood}"
    )


def examples(questions: Sequence[str]) -> str:
    """Questions to start with; nothing without any."""
    if not questions:
        return ""
    buttons = "".join(
        f"<li>{button(words, 'hb-example', {'data-signal': 'suggestion', 'data-question': words})}</li>"
        for words in questions
    )
    return f'<h2 class="hb-cards-title">{escape(text("web.examples"))}</h2><ul>{buttons}</ul>'


def editing(words: str) -> str:
    """What is about to be replaced by the next question, and the way out of it."""
    leave = button(text("web.editing_dropped"), "hb-deed", {"data-signal": "unedit"})
    return f'<p class="hb-editing" role="status">{escape(text("web.editing", question=words))} {leave}</p>'


def problem(line: str) -> str:
    """What could not be done."""
    return f'<p class="hb-editing" role="alert">{escape(line)}</p>'


def paragraphs(escaped: str) -> str:
    """Escaped text → `<p>` elements, a line break inside a paragraph kept."""
    written = escaped.replace("&#13;", "").replace("&#10;", "\n").strip()
    return "".join(
        f"<p>{paragraph.replace(chr(10), '<br>')}</p>" for paragraph in _BETWEEN_PARAGRAPHS.split(written)
    )


def _turn(one: Record, *, last: bool) -> str:
    parts = [question(one.question, one.understood), _body(one), _foot(one)]
    if one.said:
        parts.append(_opinion(one))
    if last:
        parts.append(_suggestions(one))
    return f'<section class="hb-turn" id="turn-{escape(one.id)}">{"".join(parts)}</section>'


def _body(one: Record) -> str:
    match one.outcome:
        case "answered":
            shown = cards.quotes(text("web.sources"), one.sources, one.collection)
            return f'{shown}<div class="hb-answer">{_answer(one)}</div>{_withheld(one)}'
        case "refused":
            nearest = cards.articles(text("web.nearest"), one.nearest, one.collection)
            return _notice(one.text, text("web.refused")) + nearest
        case "stopped":
            found = cards.quotes(text("web.evidence"), one.sources, one.collection)
            draft = (
                f'<div class="hb-answer hb-draft">{paragraphs(escape(one.text))}</div>' if one.text else ""
            )
            return found + draft + _notice(text("web.stopped"))
        case "failed":
            return _notice(one.text, text("web.failed"))


def _answer(one: Record) -> str:
    """Paragraphs with `[1]` marks as buttons; a number without a citation stays text."""
    sources = {source.number: source for source in one.sources}

    def mark(found: re.Match[str]) -> str:
        source = sources.get(int(found[1]))
        return escape(found[0]) if source is None else cards.mark(source, one.collection)

    pieces: list[str] = []
    position = 0
    for found in _MARK.finditer(one.text):
        pieces += [escape(one.text[position : found.start()]), mark(found)]
        position = found.end()
    return paragraphs("".join([*pieces, escape(one.text[position:])]))


def _withheld(one: Record) -> str:
    """That something the model wrote is held back; who wants to know what and why opens it."""
    if not one.withheld:
        return ""
    line = text("answer.withheld", count=number(len(one.withheld)))
    sentences = "".join(_unsaid(sentence) for sentence in one.withheld)
    return f'<details class="hb-withheld"><summary>{escape(line)}</summary><ul>{sentences}</ul></details>'


def _unsaid(sentence: Unsaid) -> str:
    reason = escape(text(f"web.reason_{sentence.reason}"))
    return f"<li><s>{escape(sentence.text)}</s> <span>{reason}</span></li>"


def _notice(line: str, title: str | None = None) -> str:
    head = f'<strong class="hb-notice-title">{escape(title)}</strong>' if title else ""
    return f'<div class="hb-notice">{head}<p>{escape(line)}</p></div>'


def _foot(one: Record) -> str:
    """How long it took and by which model, and what can be done with it."""
    facts = [text("web.seconds", seconds=number(one.seconds, 1))]
    if one.model:
        facts.append(text("web.model", name=one.model))
    copied = {
        "data-copy": plain(one),
        "data-copied": text("web.copied"),
        "data-failed": text("web.copy_failed"),
    }
    buttons = [button(text("web.copy"), "hb-deed hb-copy", copied)] if one.said else []
    for action, words in (("again", text("web.again")), ("edit", text("web.edit"))):
        values = {"data-signal": action, "data-record": one.id, "data-question": one.question}
        buttons.append(button(words, "hb-deed", values))
    return (
        f'<footer class="hb-foot"><span>{escape(" · ".join(facts))}</span>'
        f'<span class="hb-deeds">{"".join(buttons)}</span></footer>'
    )


def _opinion(one: Record) -> str:
    """Was it right? The reason can be given once that is said."""
    choices: tuple[Opinion, Opinion] = ("good", "bad")
    buttons = "".join(
        button(
            text(f"web.opinion_{choice}"),
            "hb-deed",
            {
                "data-signal": "judge",
                "data-record": one.id,
                "data-opinion": "" if one.opinion == choice else choice,
                "aria-pressed": "true" if one.opinion == choice else "false",
            },
        )
        for choice in choices
    )
    label = text("web.opinion")
    reason = _reason(one) + _judged() if one.opinion else ""
    named = attributes({"aria-label": label})
    return f'<div class="hb-opinion" role="group"{named}><span>{escape(label)}</span>{buttons}{reason}</div>'


def _reason(one: Record) -> str:
    label = text(f"web.reason_for_{one.opinion}")
    field = {"maxlength": LONGEST_REASON, "value": one.reason, "placeholder": label, "aria-label": label}
    values = {"data-record": one.id, "data-opinion": one.opinion}
    send = f'<button type="submit" class="hb-deed">{escape(text("web.reason_send"))}</button>'
    return (
        f'<form class="hb-reason" data-signal="judge"{attributes(values)}>'
        f'<input name="reason"{attributes(field)}>{send}</form>'
    )


def _judged() -> str:
    """All that was judged, to test with: `hoibao eval` reads it."""
    words = escape(text("web.export_cases"))
    return f'<a class="hb-deed" download href="/opinions.jsonl">{words}</a>'


def _suggestions(one: Record) -> str:
    if not one.suggestions:
        return ""
    buttons = "".join(
        f"<li>{button(words, 'hb-suggestion', {'data-signal': 'suggestion', 'data-question': words})}</li>"
        for words in one.suggestions
    )
    return (
        f'<h3 class="hb-cards-title">{escape(text("web.suggestions"))}</h3>'
        f'<ul class="hb-suggestions">{buttons}</ul>'
    )
