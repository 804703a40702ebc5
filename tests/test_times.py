from __future__ import annotations

import pytest

from rag.answering.times import of_another_time
from rag.types import Article, Quote

REPORT = Article(
    "bao-cao",
    "Triển khai nhiệm vụ năm 2023",
    "Năm 2022, toàn tỉnh kết nạp 2.100 đảng viên. Tỉnh lập 33 tổ chức đảng. So với năm 2020, số ấy tăng. "
    "Quý I/2023 tỉnh kết nạp 300 đảng viên. Từ năm học 2024-2025, học phí được miễn.",
)


def quote(text: str, article: Article = REPORT) -> Quote:
    start = article.text.index(text)
    return Quote(article, start, article.text.index(".", start + len(text)) + 1)


@pytest.mark.parametrize(
    ("question", "said", "other"),
    [
        ("Năm 2023 kết nạp bao nhiêu đảng viên?", "Năm 2022, toàn", True),
        ("Năm 2022 kết nạp bao nhiêu đảng viên?", "Năm 2022, toàn", False),
        ("Năm 2022 lập bao nhiêu tổ chức đảng?", "Tỉnh lập", False),  # said in the sentence before
        ("Năm 2023 lập bao nhiêu tổ chức đảng?", "Tỉnh lập", False),  # as far as the title tells
        ("Năm 2021 lập bao nhiêu tổ chức đảng?", "Tỉnh lập", True),
        ("Năm 2022 số ấy tăng bao nhiêu?", "So với năm 2020", False),  # only what it is compared with
        ("Quý II/2023 kết nạp bao nhiêu?", "Quý I/2023", True),
        ("Năm 2023 kết nạp bao nhiêu?", "Quý I/2023", False),
        ("Năm 2024 miễn học phí cho ai?", "Từ năm học", False),
        ("Năm 2021 quyết định miễn học phí từ khi nào?", "Từ năm học", False),  # a day is asked for
        ("Kết nạp bao nhiêu đảng viên?", "Năm 2022, toàn", False),
    ],
)
def test_of_another_time(question: str, said: str, other: bool) -> None:
    assert of_another_time(question, quote(said)) is other


def test_a_day_early_in_the_next_year_is_when_the_figures_come_out() -> None:
    report = Article("tong-ket", "Tổng kết", "Ngày 18/2/2022, tỉnh công bố số thu 2.664 tỷ đồng.")
    assert not of_another_time("Năm 2021 tỉnh thu bao nhiêu?", quote("Ngày 18/2", report))
    assert of_another_time("Năm 2020 tỉnh thu bao nhiêu?", quote("Ngày 18/2", report))


def test_where_nothing_tells_the_time_it_is_not_another() -> None:
    bare = Article("tran", "", "Tỉnh thu 2.664 tỷ đồng.")
    assert not of_another_time("Năm 2021 tỉnh thu bao nhiêu?", quote("Tỉnh thu", bare))
