"""A turn → HTML. Pure functions; whatever was not written by us goes through `escape`.

Gradio's Chatbot is not used: it renders every message as Markdown, strips the `data-` attributes a citation
needs, reads raw markup to screen readers and copies it to the clipboard. These functions write the whole
conversation, the page shows it in `gr.HTML`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rag.copies import carried_in
from rag.texts import text
from rag.types import Answer, Article, Citation, Query, Quote
from rag.web.desk import Waiting
from rag.web.markup import attributes, day, escape, number
from rag.web.masthead import masthead
from rag.web.turn import Turn

NEAREST = 3  # articles offered under a refusal

_MARK = re.compile(r"\[(\d+)\]")
_BETWEEN_PARAGRAPHS = re.compile(r"\n\s*\n")


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


def conversation(turns: Sequence[Turn]) -> str:
    """All turns that are over."""
    return "".join(_finished(turn) for turn in turns)


def heading(turn: Turn) -> str:
    """The top of the turn in progress: the question, how it was understood, the evidence."""
    return f'<section class="hb-turn">{_question(turn)}{_evidence(turn)}</section>'


def draft(turn: Turn) -> str:
    """The text streamed so far, without marks: they come when each sentence has been verified."""
    return f'<div class="hb-answer hb-draft">{_paragraphs(escape(turn.draft))}</div>' if turn.draft else ""


def status(turn: Turn, waiting: Waiting | None = None) -> str:
    """What is being done now, and since how many seconds; the page announces it to screen readers."""
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
    unit = text("web.seconds", seconds="").strip()
    clock = (
        f'<span class="hb-clock" aria-hidden="true" data-elapsed="{turn.seconds:.1f}"'
        f"{attributes({'data-unit': unit})}></span>"
    )
    return f'<p class="hb-status">{escape(line)} {clock}</p>'


def announcement(turn: Turn) -> str:
    """What a screen reader says when the turn is over; nobody else sees it."""
    if turn.answer:
        said = " ".join(filter(None, [text("web.answered"), turn.answer.text, _held_back(turn.answer)]))
    else:
        said = _ending(turn)
    return f'<p class="hb-hidden">{escape(said)}</p>'


def plain(answer: Answer) -> str:
    """The answer as text with its sources, for the clipboard."""
    lines = [answer.question, "", answer.text]
    if answer.citations:
        lines.append("")
    for citation in answer.citations:
        quote = citation.quote
        lines.append(f"[{citation.number}] “{quote.text}” ({', '.join(_names(quote.article))})")
    return "\n".join(lines)


def _finished(turn: Turn) -> str:
    if turn.answer is None:
        body = _evidence(turn) + draft(turn)
        title = text("web.failed") if turn.problem else None
        body += _notice(_ending(turn), title)
        return f'<section class="hb-turn">{_question(turn)}{body}</section>'
    answer = turn.answer
    if answer.abstained:
        body = _notice(answer.text, text("web.refused")) + _nearest(answer)
    else:
        carried = carried_in(answer.hits)
        cards = _cards(text("web.sources"), [_citation_card(c, carried) for c in answer.citations])
        body = cards + f'<div class="hb-answer">{_answer_text(answer)}</div>' + _withheld(answer)
    return f'<section class="hb-turn">{_question(turn)}{body}{_foot(turn, answer)}</section>'


def _ending(turn: Turn) -> str:
    return turn.problem or text("web.stopped")


def _question(turn: Turn) -> str:
    question = (
        f'<h2 class="hb-question"><span class="hb-hidden">{escape(text("web.your_question"))}: </span>'
        f"{escape(turn.question)}</h2>"
    )
    return question + _understood(turn.question, turn.query)


def _understood(question: str, query: Query | None) -> str:
    """ "Hiểu là: …", only when that differs from what was typed; the period, and what else has to be told."""
    if query is None:
        return ""
    lines = []
    if query.text.strip() != question.strip():
        lines.append(text("answer.understood", query=query.text))
    if query.period:
        start = day(query.period.start.isoformat()) if query.period.start else text("web.open_start")
        end = day(query.period.end.isoformat()) if query.period.end else text("web.open_end")
        lines.append(text("web.period", start=start, end=end))
    lines += query.notes
    return f'<p class="hb-understood">{escape(" · ".join(lines))}</p>' if lines else ""


def _answer_text(answer: Answer) -> str:
    """Paragraphs with `[1]` marks as buttons; a number without a citation stays text."""
    citations = {citation.number: citation for citation in answer.citations}

    def mark(found: re.Match[str]) -> str:
        citation = citations.get(int(found[1]))
        return escape(found[0]) if citation is None else _mark(citation)

    pieces: list[str] = []
    position = 0
    for found in _MARK.finditer(answer.text):
        pieces += [escape(answer.text[position : found.start()]), mark(found)]
        position = found.end()
    return _paragraphs("".join([*pieces, escape(answer.text[position:])]))


def _withheld(answer: Answer) -> str:
    """That something the model wrote is not shown; the sentences themselves stay out of the page."""
    line = _held_back(answer)
    return f'<p class="hb-withheld">{escape(line)}</p>' if line else ""


def _held_back(answer: Answer) -> str:
    return text("answer.withheld", count=number(len(answer.withheld))) if answer.withheld else ""


def _paragraphs(escaped: str) -> str:
    """Escaped text → `<p>` elements, a line break inside a paragraph kept."""
    written = escaped.replace("&#13;", "").replace("&#10;", "\n").strip()
    return "".join(
        f"<p>{paragraph.replace(chr(10), '<br>')}</p>" for paragraph in _BETWEEN_PARAGRAPHS.split(written)
    )


def _mark(citation: Citation) -> str:
    title = _title(citation.quote.article)
    label = text("web.mark_label", number=citation.number, title=title)
    return (
        f'<button type="button" class="hb-mark"{_target(citation.quote, label, citation.number)}>'
        f"&#91;{citation.number}&#93;</button>"
    )


def _evidence(turn: Turn) -> str:
    carried = carried_in(turn.hits)
    return _cards(text("web.evidence"), [_quote_card(quote, carried) for quote in turn.quotes])


def _citation_card(citation: Citation, carried: Mapping[str, str]) -> str:
    title = _title(citation.quote.article)
    label = text("web.mark_label", number=citation.number, title=title)
    return _card(citation.quote, label, carried, citation.number)


def _quote_card(quote: Quote, carried: Mapping[str, str]) -> str:
    return _card(quote, text("web.quote_label", title=_title(quote.article)), carried)


def _card(quote: Quote, label: str, carried: Mapping[str, str], numbered: int | None = None) -> str:
    sign = "" if numbered is None else f'<span class="hb-number">{numbered}</span>'
    source = f'<span class="hb-from">{_from(quote.article, carried)}</span>'
    return (
        f'<li><button type="button" class="hb-card"{_target(quote, label, numbered)}>'
        f"{sign}<q>{escape(quote.text)}</q>{source}</button></li>"
    )


def _nearest(answer: Answer) -> str:
    """Under a refusal: the articles that came closest, each openable at the passage that was found."""
    best = {hit.article.id: hit for hit in reversed(answer.hits)}
    hits = sorted(best.values(), key=lambda hit: hit.rank)[:NEAREST]
    carried = carried_in(answer.hits)
    cards = []
    for hit in hits:
        quote = Quote(hit.article, hit.passage.start, hit.passage.end)
        target = _target(quote, text("web.article_label", title=_title(hit.article)))
        cards.append(
            f'<li><button type="button" class="hb-card"{target}>'
            f'<span class="hb-from">{_from(hit.article, carried)}</span></button></li>'
        )
    return _cards(text("web.nearest"), cards)


def _cards(title: str, cards: Sequence[str]) -> str:
    if not cards:
        return ""
    return f'<h3 class="hb-cards-title">{escape(title)}</h3><ol class="hb-cards">{"".join(cards)}</ol>'


def _target(quote: Quote, label: str, numbered: int | None = None) -> str:
    """What the script needs to open the article at the quote."""
    values: dict[str, object] = {
        "data-article": quote.article.id,
        "data-start": quote.start,
        "data-end": quote.end,
        "aria-label": label,
    }
    return attributes(values if numbered is None else {"data-number": numbered, **values})


def _title(article: Article) -> str:
    return article.title.strip() or text("web.untitled")


def _names(article: Article) -> list[str]:
    """Title, source, date: what names an article to a reader."""
    return [name for name in (_title(article), article.source, day(article.published)) if name]


def _from(article: Article, carried: Mapping[str, str]) -> str:
    """What names an article, and how many papers carry its story (`carried`, by article id)."""
    title, *rest = _names(article)
    if told := carried.get(article.id):
        rest.append(told)
    return f"<b>{escape(title)}</b> {escape(' · '.join(rest))}".rstrip()


def _notice(line: str, title: str | None) -> str:
    head = f'<strong class="hb-notice-title">{escape(title)}</strong>' if title else ""
    return f'<div class="hb-notice">{head}<p>{escape(line)}</p></div>'


def _foot(turn: Turn, answer: Answer) -> str:
    facts = [text("web.seconds", seconds=number(turn.seconds, 1))]
    if not answer.abstained and answer.model:
        facts.append(text("web.model", name=answer.model))
    copy = {
        "data-copy": plain(answer),
        "data-copied": text("web.copied"),
        "data-failed": text("web.copy_failed"),
    }
    return (
        f'<footer class="hb-foot"><span>{escape(" · ".join(facts))}</span><button type="button" '
        f'class="hb-copy"{attributes(copy)}>{escape(text("web.copy"))}</button></footer>'
    )
