"""An article → HTML with the quote highlighted to the letter, for the panel beside the chat."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from rag.articles.clean import INFERRED
from rag.copies import carried_by
from rag.texts import text
from rag.types import Article
from rag.web.markup import attributes, button, day, escape, safe_link


def frame() -> str:
    """The empty panel, its buttons and the words the script needs."""
    words = {
        "data-empty": text("web.panel_empty"),
        "data-loading": text("web.panel_loading"),
        "data-failed": text("web.panel_failed"),
        "data-conversation": text("web.conversation"),
        "data-notice": text("web.notice"),
        "data-notice-close": text("web.notice_close"),
    }
    copied = {"data-copied": text("web.copied"), "data-failed": text("web.copy_failed")}
    buttons = button(text("web.copy_link"), "hb-deed", {"data-action": "link", **copied}) + "".join(
        button(sign, "hb-icon", {"data-action": action, "aria-label": label, "title": label})
        for action, label, sign in (
            ("previous", text("web.panel_previous"), "←"),
            ("next", text("web.panel_next"), "→"),
            ("close", text("web.panel_close"), "✕"),
        )
    )
    return (
        f'<aside class="hb-panel"{attributes({"aria-label": text("web.panel"), **words})}>'
        f'<div class="hb-bar" hidden><span class="hb-position"></span>{buttons}</div>'
        '<div class="hb-article" tabindex="-1">'
        f'<p class="hb-empty">{escape(text("web.panel_empty"))}</p></div></aside>'
    )


def article(
    article: Article,
    start: int | None = None,
    end: int | None = None,
    collection: str | None = None,
    *,
    copies: Sequence[Article] = (),
    has_pages: bool = False,
) -> str:
    """Title, source, date, link to the original, who else carries it, and the text with `[start, end)` in one
    `<mark>`.

    The text content of the mark is `article.text[start:end]`. A span that does not fit the text, because the
    article has changed since, is said in words; then, and without a span, nothing is highlighted. What
    `has_pages` can be seen as these, too.
    """
    body = _body(article.text, start, end)
    head = _head(article) + _copies(article, copies)
    if not has_pages:
        return head + body
    where = {"id": article.id, "start": start, "end": end, "collection": collection}
    address = urlencode({name: value for name, value in where.items() if value is not None})
    return f"{head}{_views()}{body}{_sheet(f'/page?{address}')}"


def missing() -> str:
    """Shown for an article that is no longer there."""
    return f'<p class="hb-empty">{escape(text("web.article_missing"))}</p>'


def _head(article: Article) -> str:
    names = (article.source, article.category, article.author, _day(article))
    facts = [escape(name) for name in names if name]
    link = safe_link(article.url)
    if link:
        where = attributes({"href": link, "target": "_blank", "rel": "noopener noreferrer nofollow"})
        facts.append(f"<a{where}>{escape(text('web.original'))}</a>")
    title = escape(article.title.strip() or text("web.untitled"))
    return f'<h2 class="hb-title">{title}</h2><p class="hb-meta">{" · ".join(facts)}</p>'


def _day(article: Article) -> str | None:
    """When it was published; and where that was found, when the article itself does not say it."""
    written = day(article.published)
    if not written or article.published_from not in INFERRED:
        return written
    return text(f"web.day_from_{article.published_from}", day=written)


def _copies(article: Article, copies: Sequence[Article]) -> str:
    """How many papers carry the story, and which the others are."""
    if not copies:
        return ""
    others = dict.fromkeys(copy.source or copy.title for copy in copies)
    line = text("web.carried", told=carried_by(article, copies), others=", ".join(others))
    return f'<p class="hb-meta hb-carried">{escape(line)}</p>'


def _views() -> str:
    """The buttons that change between text and pages."""
    buttons = (
        button(text("web.pdf_text"), "hb-view", {"data-pdf": "text", "aria-pressed": "true"}),
        button(text("web.pdf_page"), "hb-view", {"data-pdf": "page", "aria-pressed": "false"}),
    )
    name = attributes({"aria-label": text("web.pdf_views")})
    return f'<div class="hb-views" role="group"{name}>{"".join(buttons)}</div>'


def _sheet(address: str) -> str:
    """The place of a page's image, filled by the script when it is asked for."""
    words = {
        "data-address": address,
        "data-loading": text("web.pdf_loading"),
        "data-failed": text("web.panel_failed"),
        "data-marked": text("web.pdf_marked", page="{page}", pages="{pages}"),
        "data-plain": text("web.pdf_plain", page="{page}", pages="{pages}"),
    }
    enlarge = button(text("web.pdf_enlarge"), "hb-leaf", {"data-pdf": "enlarge", "aria-pressed": "false"})
    leaves = [
        button(
            sign,
            "hb-leaf",
            {"data-pdf": deed, "aria-label": label, "title": label, "aria-disabled": "true"},
        )
        for deed, label, sign in (
            ("previous", text("web.pdf_previous"), "‹"),
            ("next", text("web.pdf_next"), "›"),
        )
    ]
    return (
        f'<figure class="hb-printed" hidden{attributes(words)}><div class="hb-leaves">{leaves[0]}'
        f'<p class="hb-printed-line" role="status"></p>{enlarge}{leaves[1]}</div>'
        f'<div class="hb-paper" role="region" tabindex="0"{attributes({"aria-label": text("web.pdf_page")})}>'
        '<img alt="" hidden></div></figure>'
    )


def _body(body: str, start: int | None, end: int | None) -> str:
    if start is None or end is None:
        return f'<div class="hb-text">{escape(body)}</div>'
    if not 0 <= start < end <= len(body):
        warning = f'<p class="hb-empty">{escape(text("web.article_gone_quote"))}</p>'
        return f'{warning}<div class="hb-text">{escape(body)}</div>'
    return (
        f'<div class="hb-text">{escape(body[:start])}'
        f'<mark id="hb-quote">{escape(body[start:end])}</mark>{escape(body[end:])}</div>'
    )
