"""The turn in progress → HTML. Pure functions; whatever was not written by us goes through `escape`.

Gradio's Chatbot is not used: it renders every message as Markdown, strips the `data-` attributes a citation
needs, reads raw markup to screen readers and copies it to the clipboard. These functions and those of
`transcript.py` write the whole conversation, the page shows it in `gr.HTML`.
"""

from __future__ import annotations

from rag.texts import text
from rag.web import cards, transcript
from rag.web.desk import Waiting
from rag.web.markup import attributes, escape, number
from rag.web.masthead import masthead
from rag.web.records import Record, evidence, understood
from rag.web.turn import Turn


def header(articles: int | None, problem: str | None = None) -> str:
    """The masthead with how many articles are loaded, None while loading, or why there are none."""
    if problem:
        line, state = text("web.tagline_failed", reason=problem), "failed"
    elif articles is None:
        line, state = text("web.tagline_loading"), "loading"
    elif articles == 0:
        line, state = text("web.no_articles"), "failed"
    else:
        line, state = text("web.tagline", count=number(articles)), "ready"
    return masthead("ask", line, state)


def heading(turn: Turn, collection: str | None = None) -> str:
    """The top of the turn in progress: the question, how it was understood, the evidence."""
    asked = transcript.question(turn.question, understood(turn.question, turn.query))
    found = cards.quotes(text("web.evidence"), evidence(turn), collection)
    return f'<section class="hb-turn">{asked}{found}</section>'


def draft(turn: Turn) -> str:
    """The text streamed so far, without marks: they come when each sentence has been verified."""
    if not turn.draft:
        return ""
    return f'<div class="hb-answer hb-draft">{transcript.paragraphs(escape(turn.draft))}</div>'


def status(turn: Turn, waiting: Waiting | None = None, expected: float | None = None) -> str:
    """What is being done now, since how many seconds, and how many it usually takes; the page announces the
    first to screen readers.
    """
    if turn.draft:
        line = text("web.writing")
    elif turn.quotes:
        line = text("web.reading", count=len(turn.quotes))
    elif waiting and waiting.loading:
        line = text("web.waiting_models")
    elif waiting and waiting.ahead:
        line = text("web.waiting_turn", ahead=waiting.ahead)
    else:
        line = text("web.searching")
    clock = {"data-elapsed": f"{turn.seconds:.1f}", "data-unit": text("web.seconds", seconds="").strip()}
    usual = f" {text('web.expected', seconds=number(expected, 1))}" if expected and turn.quotes else ""
    return (
        f'<p class="hb-status">{escape(line)} <span aria-hidden="true"><span class="hb-clock"'
        f"{attributes(clock)}></span>{escape(usual)}</span></p>"
    )


def announcement(record: Record) -> str:
    """What a screen reader says when the turn is over; nobody else sees it."""
    if record.said:
        held = text("answer.withheld", count=number(len(record.withheld))) if record.withheld else ""
        said = " ".join(filter(None, [text("web.answered"), record.text, held]))
    else:
        said = record.text if record.outcome == "failed" else text("web.stopped")
    return f'<p class="hb-hidden">{escape(said)}</p>'
