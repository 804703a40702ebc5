"""Questions to start with: about the demonstration articles if they are loaded, else about the newest."""

from __future__ import annotations

from collections.abc import Sequence

from rag.store import ArticleSummary
from rag.texts import text

COUNT = 4

_DEMO = (
    ("cau-song-may-cham-tien-do", "web.demo_bridge"),
    ("benh-vien-dong-lau-mot-nam", "web.demo_hospital"),
    ("thu-vien-vinh-khe", "web.demo_library"),
    ("cau-song-may-thong-xe", "web.demo_bus"),
)


def examples(articles: Sequence[ArticleSummary]) -> tuple[str, ...]:
    """At most `COUNT` questions that these articles, newest first, can answer."""
    loaded = {article.id for article in articles}
    known = [text(key) for article_id, key in _DEMO if article_id in loaded]
    titles = dict.fromkeys(article.title.strip() for article in articles[:COUNT] if article.title.strip())
    made = [text("web.example_from_title", title=title) for title in titles]
    return tuple([*known, *made][:COUNT])
