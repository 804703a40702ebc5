"""Figures keep their estimate and unit."""

from __future__ import annotations

import pytest

from rag.answering.figures import as_given
from rag.types import Article, Quote


def quote(text: str) -> Quote:
    article = Article(id="a", title="Tựa", text=text)
    return Quote(article, 0, len(text))


@pytest.mark.parametrize(
    ("answer", "text", "question", "expected"),
    [
        (
            "20.000 nhân viên",
            "Hãng có hơn 20.000 nhân viên.",
            "Hãng có bao nhiêu người?",
            "hơn 20.000 nhân viên",
        ),
        ("1.534", "Cả xã có 1.534 người mất đất.", "Bao nhiêu người mất đất?", "1.534 người"),
        ("1.534.", "Cả xã có khoảng 1.534 người.", "Bao nhiêu người?", "Khoảng 1.534 người."),
        ("33", "Tỉnh lập 33 tổ chức đảng trong năm.", "Tỉnh lập bao nhiêu tổ chức đảng?", "33 tổ chức"),
        ("1905", "Bài báo ra trong năm 1905.", "Ra năm nào?", "năm 1905"),
        ("1 tháng 12", "Ông sinh ngày 1 tháng 12 năm 1935.", "Ông sinh khi nào?", "ngày 1 tháng 12 năm 1935"),
        ("1 tháng 12 năm", "Ông sinh ngày 1 tháng 12 năm 1935.", "Khi nào?", "ngày 1 tháng 12 năm 1935"),
        ("12", "Đợt một bàn giao 12 gian hàng.", "Bàn giao bao nhiêu gian hàng?", "12 gian"),
        ("53%", "Khoảng 53% số hộ đồng ý.", "Bao nhiêu phần trăm số hộ đồng ý?", "khoảng 53%"),
        (
            "Nhà máy tuyển 300 công nhân.",
            "Nhà máy tuyển ít nhất 300 công nhân.",
            "Nhà máy tuyển bao nhiêu người?",
            "Nhà máy tuyển ít nhất 300 công nhân.",
        ),
        ("300 người dự lễ.", "Gần 300 người dự lễ.", "Bao nhiêu người dự lễ?", "Gần 300 người dự lễ."),
    ],
)
def test_figure_is_given_as_the_article_gives_it(
    answer: str, text: str, question: str, expected: str
) -> None:
    assert as_given(answer, [quote(text)], question) == expected


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("hơn 300 người", "Có hơn 300 người dự."),  # it says so already
        ("khoảng 300 người", "Có hơn 300 người dự."),  # its own word: not ours to judge
        ("300 người", "Sáng có hơn 300 người, chiều đúng 300 người."),  # once exact
        ("3 tuyến đường", "Ngập trên 3 tuyến đường."),  # a place
        ("Ông Nam", "Ông Nam, 40 tuổi, là giám đốc."),
        ("40", "Ông Nam, 40, là giám đốc."),  # no unit stands beside it
        ("40", "Ông thắng trong ván 41."),  # not there at all
    ],
)
def test_other_answers_stay_as_they_are(answer: str, text: str) -> None:
    assert as_given(answer, [quote(text)], "Bao nhiêu?") == answer
