"""Places in articles → buttons that open them in the panel."""

from __future__ import annotations

from collections.abc import Iterable

from rag.texts import text
from rag.web.markup import attributes, escape
from rag.web.records import Source


def quotes(title: str, sources: Iterable[Source], collection: str | None = None) -> str:
    """A card for each quote under a heading; nothing without quotes."""
    return _cards(title, [_quote_card(source, collection) for source in sources])


def articles(title: str, sources: Iterable[Source], collection: str | None = None) -> str:
    """A card for each article, without the quote."""
    return _cards(title, [_article_card(source, collection) for source in sources])


def mark(source: Source, collection: str | None = None) -> str:
    """The `[1]` behind a sentence."""
    return (
        f'<button type="button" class="hb-mark"{_target(source, _label(source), collection)}>'
        f"&#91;{source.number}&#93;</button>"
    )


def _quote_card(source: Source, collection: str | None) -> str:
    sign = "" if source.number is None else f'<span class="hb-number">{source.number}</span>'
    body = f"{sign}<q>{escape(source.quote)}</q>{_from(source)}"
    return _card(_target(source, _label(source), collection), body)


def _article_card(source: Source, collection: str | None) -> str:
    label = text("web.article_label", title=source.names[0])
    return _card(_target(source, label, collection), _from(source))


def _label(source: Source) -> str:
    if source.number is None:
        return text("web.quote_label", title=source.names[0])
    return text("web.mark_label", number=source.number, title=source.names[0])


def _cards(title: str, cards: list[str]) -> str:
    if not cards:
        return ""
    return f'<h3 class="hb-cards-title">{escape(title)}</h3><ol class="hb-cards">{"".join(cards)}</ol>'


def _card(target: str, body: str) -> str:
    return f'<li><button type="button" class="hb-card"{target}>{body}</button></li>'


def _target(source: Source, label: str, collection: str | None) -> str:
    """What the script needs to open the article at the quote."""
    values: dict[str, object] = {
        "data-number": source.number,
        "data-article": source.article,
        "data-start": source.start,
        "data-end": source.end,
        "data-collection": collection,
        "aria-label": label,
    }
    return attributes({name: value for name, value in values.items() if value is not None})


def _from(source: Source) -> str:
    """What names an article, and how many papers carry its story."""
    title, *rest = [*source.names, *filter(None, [source.carried])]
    named = f"<b>{escape(title)}</b> {escape(' · '.join(rest))}".rstrip()
    return f'<span class="hb-from">{named}</span>'
