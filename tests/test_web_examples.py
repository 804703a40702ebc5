from __future__ import annotations

from rag.demo import ARTICLES
from rag.store import ArticleSummary
from rag.web.examples import _DEMO, examples


def summary(article_id: str, title: str) -> ArticleSummary:
    return ArticleSummary(article_id, title, None, None, None, None, None, 100, 1)


def test_titles_become_questions_each_once() -> None:
    articles = [summary("a", "Một"), summary("b", " Một "), summary("c", ""), summary("d", "Hai")]
    assert examples(articles) == ("Bài “Một” nói gì?", "Bài “Hai” nói gì?")


def test_questions_about_the_demonstration_articles_come_first() -> None:
    articles = [summary("a", "Một"), *(summary(article_id, "x") for article_id, _ in _DEMO[:2])]
    assert examples(articles) == (
        "Vì sao cầu Sông Mây thi công chậm?",
        "Sau một năm chạy thận, bệnh viện Đồng Lau gặp khó khăn gì?",
        "Bài “Một” nói gì?",
        "Bài “x” nói gì?",
    )


def test_no_articles_no_questions() -> None:
    assert examples([]) == ()


def test_the_demonstration_articles_asked_about_exist() -> None:
    stems = {path.stem for path in ARTICLES.iterdir()}
    assert [article_id for article_id, _ in _DEMO if article_id not in stems] == []
