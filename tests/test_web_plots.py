from __future__ import annotations

import re

import pytest

from rag.web.plots import Bar, columns, meter, ranking

BARS = (Bar("01/2024", 3), Bar("02/2024", 0), Bar("03/2024", 12))


def drawn(bars: tuple[Bar, ...]) -> str:
    return columns(bars, title="Số bài", alternative='Nhiều nhất: 12 "bài"', heading="Tháng")


def test_columns_have_heights_in_proportion() -> None:
    heights = re.findall(r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)">', drawn(BARS))
    assert heights == [
        ("36.7", "170.0", "260.0", "30.0"),  # the scale ends at 20
        ("370.0", "200.0", "260.0", "0.0"),
        ("703.3", "80.0", "260.0", "120.0"),
    ]
    assert re.findall(r"<span>([^<]+)</span>", drawn(BARS)) == ["20", "10", "0", *(bar.label for bar in BARS)]


def test_whoever_does_not_see_the_plot_has_words_and_a_table() -> None:
    html = drawn(BARS)
    assert 'role="img" aria-label="Nhiều nhất: 12 &#34;bài&#34;"' in html
    assert "<title>03/2024: 12</title>" in html
    rows = re.findall(r'<tr><th scope="row">([^<]+)</th><td>([^<]+)</td></tr>', html)
    assert rows == [("01/2024", "3"), ("02/2024", "0"), ("03/2024", "12")]
    assert '<th scope="col">Tháng</th><th scope="col">Số bài</th>' in html


@pytest.mark.parametrize(("value", "top"), [(1, "1"), (3, "4"), (9, "10"), (41, "60"), (999, "1.000")])
def test_the_scale_is_round(value: int, top: str) -> None:
    html = drawn((Bar("a", value),))
    assert re.findall(r"<span>([^<]+)</span>", html)[0] == top


def test_nothing_to_draw() -> None:
    assert "<rect" not in drawn(())
    assert 'height="0.0"' in drawn((Bar("a", 0),))


def test_a_ranking_reads_without_its_bars() -> None:
    html = ranking((Bar("Lục Yên", 1240, "/?hoi=a&kho=b"), Bar("<b>Bạch Lạp</b>", 620)), title="Địa danh")
    assert '<a href="/?hoi=a&amp;kho=b">Lục Yên</a>' in html.replace("&#38;", "&amp;")
    assert "&#60;b&#62;Bạch Lạp&#60;/b&#62;" in html
    assert '<span class="hb-hidden">1.240 bài</span>' in html
    assert re.findall(r'<rect width="([\d.]+)"', html) == ["100.0", "50.0"]


def test_an_interval_stays_within_its_bar() -> None:
    assert 'd="M0.0 4H100.0"' in meter(0.5, -0.1, 1.2)
    assert '<rect class="hb-fill" width="50.0" height="8"/>' in meter(0.5, -0.1, 1.2)
