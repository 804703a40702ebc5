from __future__ import annotations

from dataclasses import replace

import pytest
from test_web_markup import Reader
from web_fakes import BRIDGE, LENGTH
from web_payloads import PAYLOADS

from rag.types import Article
from rag.web import panel

SHORT = Article("a", "Tên", "Câu một.\n\nCâu hai.", "2024-03-12", "Báo A", "https://example.org/1?a=1&b=2")


def test_article_exactly() -> None:
    assert panel.article(SHORT, 10, 14) == (
        '<h2 class="hb-title">Tên</h2>'
        '<p class="hb-meta">Báo A · 12/03/2024 · '
        '<a href="https://example.org/1?a=1&#38;b=2" target="&#95;blank" rel="noopener noreferrer nofollow">'
        "Mở bài gốc</a></p>"
        '<div class="hb-text">Câu một.&#10;&#10;<mark id="hb-quote">Câu </mark>hai.</div>'
    )


def test_article_without_anything_but_text() -> None:
    assert panel.article(Article("a", " ", "Câu."), 0, 4) == (
        '<h2 class="hb-title">(Không có tiêu đề)</h2><p class="hb-meta"></p>'
        '<div class="hb-text"><mark id="hb-quote">Câu.</mark></div>'
    )


@pytest.mark.parametrize(
    ("origin", "told"),
    [
        (None, "12/03/2024"),
        ("page", "12/03/2024"),
        ("text", "12/03/2024"),
        ("url", "12/03/2024 (ngày đăng suy từ địa chỉ bài)"),
        ("file", "12/03/2024 (ngày đăng suy từ ngày tạo tệp)"),
    ],
)
def test_a_date_that_the_article_does_not_say_itself_says_where_it_is_from(
    origin: str | None, told: str
) -> None:
    dated = Article("a", "Tên", "Câu.", "2024-03-12", published_from=origin)
    assert f'<p class="hb-meta">{told}</p>' in panel.article(dated)
    assert '<p class="hb-meta"></p>' in panel.article(replace(dated, published=None))


def test_article_without_a_quote_has_nothing_highlighted() -> None:
    assert panel.article(SHORT).endswith('</p><div class="hb-text">Câu một.&#10;&#10;Câu hai.</div>')


@pytest.mark.parametrize(("start", "end"), [(-1, 3), (3, 3), (5, 2), (0, 19), (10**12, 10**13)])
def test_span_that_does_not_fit_is_said_and_not_highlighted(start: int, end: int) -> None:
    assert panel.article(SHORT, start, end).endswith(
        '<p class="hb-empty">Bài đã thay đổi nên không tô được câu trích.</p>'
        '<div class="hb-text">Câu một.&#10;&#10;Câu hai.</div>'
    )


def test_highlight_is_the_quote_to_the_letter() -> None:
    html = panel.article(BRIDGE, LENGTH.start, LENGTH.end)
    marked = html.split('<mark id="hb-quote">')[1].split("</mark>")[0]
    assert Reader(marked).text == LENGTH.text
    assert Reader(html.split('<div class="hb-text">')[1]).text == BRIDGE.text


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_article_adds_no_markup(payload: str) -> None:
    hostile = replace(
        SHORT,
        title=payload,
        text=payload * 2,
        source=payload,
        category=payload,
        author=payload,
        published=payload,
    )
    reader = Reader(panel.article(hostile, 1, len(payload)))
    assert reader.tags == [
        ("h2", ("class",)),
        ("p", ("class",)),
        ("a", ("href", "target", "rel")),
        ("div", ("class",)),
        ("mark", ("id",)),
    ]
    assert reader.values["href"] == ["https://example.org/1?a=1&b=2"]
    assert reader.text.endswith(payload * 2)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_link_is_left_out(payload: str) -> None:
    reader = Reader(panel.article(replace(SHORT, url=payload), 0, 4))
    assert "href" not in reader.values


def test_frame_has_named_buttons() -> None:
    reader = Reader(panel.frame())
    assert reader.values["data-action"] == ["link", "previous", "next", "close"]
    assert reader.values["aria-label"] == [
        "Bài báo được trích",
        "Trích dẫn trước",
        "Trích dẫn sau",
        "Đóng bài",
    ]


def test_who_else_carries_the_story_is_said_escaped() -> None:
    copies = (replace(BRIDGE, source="Tin <Chiều>"), replace(BRIDGE, source=None, title="Bản chép"))
    html = panel.article(BRIDGE, copies=copies)
    assert (
        '<p class="hb-meta hb-carried">2 báo cùng đưa tin; bản khác: Tin &#60;Chiều&#62;, Bản chép</p>'
        '<div class="hb-text">' in html
    )
    assert "hb-carried" not in panel.article(BRIDGE)
