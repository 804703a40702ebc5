from __future__ import annotations

from datetime import date

import pytest

from rag.language.dates import TimeReference, dates_in, find_period, find_time, time_references, wants_newest
from rag.types import Period

TODAY = date(2021, 3, 12)  # a Friday, four weeks after Tết Tân Sửu


def period(start: str | None, end: str | None) -> Period:
    return Period(date.fromisoformat(start) if start else None, date.fromisoformat(end) if end else None)


@pytest.mark.parametrize(
    ("question", "kind", "start", "end"),
    [
        # days
        ("Hôm nay có hội nghị nào?", "relative", "2021-03-12", "2021-03-12"),
        ("hom qua ai phat bieu", "relative", "2021-03-11", "2021-03-11"),
        ("Hôm kia giá vàng bao nhiêu?", "relative", "2021-03-10", "2021-03-10"),
        ("Sáng nay ai dự lễ khởi công?", "relative", "2021-03-12", "2021-03-12"),
        ("dem qua chay o dau", "relative", "2021-03-11", "2021-03-11"),
        ("toi nay co gi", "relative", "2021-03-12", "2021-03-12"),
        ("Ngày 22/01/2021 ai chủ trì?", "explicit", "2021-01-22", "2021-01-22"),
        ("ngày 22.1.2021", "explicit", "2021-01-22", "2021-01-22"),
        ("ngày 5 tháng Tư năm 2020", "explicit", "2020-04-05", "2020-04-05"),
        ("ngay 5 thang 4 nam 2020", "explicit", "2020-04-05", "2020-04-05"),
        ("2021-01-22 có tin gì", "explicit", "2021-01-22", "2021-01-22"),
        ("sáng thứ hai ai họp", "relative", "2021-03-08", "2021-03-08"),
        ("chủ nhật vừa qua đội nào thắng", "relative", "2021-03-07", "2021-03-07"),
        ("thứ hai tuần trước", "relative", "2021-03-01", "2021-03-01"),
        ("ngày 22 tháng trước", "relative", "2021-02-22", "2021-02-22"),
        ("25/9 năm ngoái", "relative", "2020-09-25", "2020-09-25"),
        ("3 ngày trước", "relative", "2021-03-09", "2021-03-09"),
        # weeks
        ("tuần này", "relative", "2021-03-08", "2021-03-14"),
        ("Tuần trước có vụ cháy nào?", "relative", "2021-03-01", "2021-03-07"),
        ("tuan truoc co gi moi", "relative", "2021-03-01", "2021-03-07"),
        ("tuần qua", "relative", "2021-03-05", "2021-03-12"),
        ("3 ngày qua", "relative", "2021-03-09", "2021-03-12"),
        ("tuần trước ngày 12/3/2021", "explicit", "2021-03-05", "2021-03-11"),
        # months
        ("tháng này", "relative", "2021-03-01", "2021-03-31"),
        ("tháng trước xuất khẩu ra sao", "relative", "2021-02-01", "2021-02-28"),
        ("Tháng 11 năm 2020 có bão nào?", "explicit", "2020-11-01", "2020-11-30"),
        ("thang 11 nam 2020", "explicit", "2020-11-01", "2020-11-30"),
        ("tháng 11/2020", "explicit", "2020-11-01", "2020-11-30"),
        ("CPI 11/2020 là bao nhiêu", "explicit", "2020-11-01", "2020-11-30"),
        ("tháng mười một năm 2020", "explicit", "2020-11-01", "2020-11-30"),
        ("tháng hai năm trước", "relative", "2020-02-01", "2020-02-29"),
        ("tháng 9 năm ngoái", "relative", "2020-09-01", "2020-09-30"),
        ("cuối tháng 2/2021", "vague", "2021-02-19", "2021-02-28"),
        # quarters
        ("Quý IV/2020 GDP tăng bao nhiêu?", "explicit", "2020-10-01", "2020-12-31"),
        ("quy iv/2020", "explicit", "2020-10-01", "2020-12-31"),
        ("quý 1 năm 2021", "explicit", "2021-01-01", "2021-03-31"),
        ("quý trước", "relative", "2020-10-01", "2020-12-31"),
        ("quý II", "vague", "2020-04-01", "2020-06-30"),
        # years
        ("năm nay", "relative", "2021-01-01", "2021-12-31"),
        ("Năm ngoái thu hút bao nhiêu vốn?", "relative", "2020-01-01", "2020-12-31"),
        ("nam ngoai", "relative", "2020-01-01", "2020-12-31"),
        ("năm 2020", "vague", "2020-01-01", "2020-12-31"),
        ("nam 2020 tang bao nhieu", "vague", "2020-01-01", "2020-12-31"),
        ("cuối năm 1872", "vague", "1872-09-01", "1872-12-31"),
        ("đầu năm 2021", "vague", "2021-01-01", "2021-04-30"),
        ("giữa năm 2021", "vague", "2021-05-01", "2021-08-31"),
        ("cuối năm ngoái", "vague", "2020-09-01", "2020-12-31"),
        ("6 tháng đầu năm 2020", "explicit", "2020-01-01", "2020-06-30"),
        ("nửa cuối năm 2020", "explicit", "2020-07-01", "2020-12-31"),
        ("9 thang dau nam", "vague", "2021-01-01", "2021-09-30"),
        ("5 năm trước", "relative", "2016-01-01", "2016-12-31"),
        # the future is told beforehand
        ("tuần tới", "vague", "2021-03-15", "2021-03-21"),
        ("Sang năm khởi công gì?", "vague", "2022-01-01", "2022-12-31"),
        # ranges and sides
        ("từ tháng 3 đến tháng 5 năm 2020", "explicit", "2020-03-01", "2020-05-31"),
        ("từ ngày 10 đến 15/2/2021", "explicit", "2021-02-10", "2021-02-15"),
        ("từ 10/2/2021 tới 15/2/2021", "explicit", "2021-02-10", "2021-02-15"),
        ("giai đoạn 2020-2025", "vague", "2020-01-01", "2025-12-31"),
        ("nhiệm kỳ 2020 - 2025", "vague", "2020-01-01", "2025-12-31"),
        ("Bí thư nhiệm kỳ 2020-2025 là ai?", "vague", "2020-01-01", "2025-12-31"),
        ("từ năm 2019 đến năm 2020", "vague", "2019-01-01", "2020-12-31"),
        ("từ đầu năm đến nay", "vague", "2021-01-01", "2021-03-12"),
        ("từ tháng 11/2020 đến nay", "relative", "2020-11-01", "2021-03-12"),
        ("trước ngày 12/3/2021", "explicit", None, "2021-03-11"),
        ("từ ngày 12/2/2021", "explicit", "2021-02-12", None),
        ("tính đến 31/12/2020", "explicit", None, "2020-12-31"),
        ("sau năm 2020", "vague", "2021-01-01", None),
        ("tháng 1/2021 và tháng 2/2021", "explicit", "2021-01-01", "2021-02-28"),
        ("năm 2020 và 2019", "vague", "2019-01-01", "2020-12-31"),
        ("năm 2019, sau đó là năm 2021", "vague", "2019-01-01", "2021-12-31"),
        ("năm 2020, trước Tết", "vague", "2020-01-01", "2021-02-11"),
        ("năm 2021, trước Tết", "vague", "2021-01-01", "2021-12-31"),
        # Tết
        ("trước Tết Tân Sửu", "vague", "2021-01-13", "2021-02-11"),
        ("truoc tet tan suu", "vague", "2021-01-13", "2021-02-11"),
        ("trước Tết", "vague", "2021-01-13", "2021-02-11"),
        ("sau Tết", "vague", "2021-02-13", "2021-03-14"),
        ("thưởng trước Tết bao nhiêu", "vague", "2021-01-13", "2021-02-11"),
        ("dịp Tết Nguyên đán 2020", "vague", "2020-01-18", "2020-02-01"),
        ("một tuần trước Tết Tân Sửu", "vague", "2021-02-05", "2021-02-11"),
        ("gần đây có vụ cháy nào", "vague", "2021-02-10", "2021-03-12"),
    ],
)
def test_period(question: str, kind: str, start: str | None, end: str | None) -> None:
    found = find_time(question, TODAY)
    assert found is not None
    assert (found.kind, found.period) == (kind, period(start, end))
    assert find_period(question, TODAY) == period(start, end)


@pytest.mark.parametrize(
    ("question", "day", "month"),
    [("sáng 25/9 ai tới thăm", 25, 9), ("chiều ngày 18/02", 18, 2), ("bế mạc ngày 22.1", 22, 1)],
)
def test_a_day_without_a_year_has_no_period(question: str, day: int, month: int) -> None:
    found = find_time(question, TODAY)
    assert found is not None
    assert (found.kind, found.period, found.day, found.month) == ("vague", None, day, month)


def test_a_month_without_a_year_is_the_last_one_that_has_begun() -> None:
    assert find_time("tháng 9 có gì", TODAY) == TimeReference(
        period("2020-09-01", "2020-09-30"), "vague", 0, 7, None, 9
    )
    assert find_period("tháng 3", TODAY) == period("2021-03-01", "2021-03-31")


@pytest.mark.parametrize(
    "question",
    [
        "Nghị quyết số 15 nói gì?",
        "Kế hoạch 147-KH/TU",
        "Nghị quyết 11/2020/NQ-CP",
        "nghi quyet 11/2020/nq-cp",
        "Thông tư 01/2021 quy định gì?",
        "khóa XVII",
        "thắng với tỉ số 2-1",
        "giá 22.1",
        "chiếm 1/3 dân số",
        "tỷ lệ 2/3",
        "hơn 2020 người",
        "1.600 đại biểu",
        "người đứng thứ 2 là ai",
        "tổng đài 24/7",
        "Covid-19",
        "tăng bao nhiêu so với năm ngoái",
        "so với cùng kỳ 2020",
        "hàng triệu năm trước loài nào sống",
        "bao nhieu nam truoc",
        "vào những ngày chủ nhật",
        "một năm sau có bao nhiêu máy",
        "vé xe Tết giá bao nhiêu",
        "hoa tet nam o dau",
        "kể từ đó tới nay",
        "trước khi mất ông nói gì",
        "Tết Trung thu là gì",
        "ngày 31/2/2021",
        "Ai là Chủ tịch UBND tỉnh?",
        "",
    ],
)
def test_no_period(question: str) -> None:
    assert find_time(question, TODAY) is None


def test_offsets_span_all_that_was_said() -> None:
    question = "Thu ngân sách trong 6 tháng đầu năm 2020 là bao nhiêu?"
    found = find_time(question, TODAY)
    assert found is not None
    assert question[found.start : found.end] == "6 tháng đầu năm 2020"


def test_all_references_in_reading_order() -> None:
    found = time_references("Từ 25/9 đến hôm qua, năm 2020 hay quý I/2021?", TODAY)
    assert [(r.kind, r.start) for r in found] == [
        ("vague", 3),
        ("relative", 8),
        ("vague", 21),
        ("explicit", 34),
    ]


@pytest.mark.parametrize(
    ("question", "newest"),
    [
        ("Giá điện hiện nay là bao nhiêu?", True),
        ("gia dien moi nhat", True),
        ("Ai hiện là Chủ tịch tỉnh?", True),
        ("Gần đây có vụ cháy nào?", True),
        ("Cầu dài bao nhiêu?", False),
        ("Bệnh viện gần nhất ở đâu?", False),
        ("Ai phát hiện ra lỗi?", False),
        ("", False),
    ],
)
def test_whether_the_newest_is_wanted(question: str, newest: bool) -> None:
    assert wants_newest(question) is newest


def test_names_ending_in_nam_are_not_years() -> None:
    assert find_period("tinh quang nam nay co gi", TODAY) is None


def test_hostile_questions_are_read_in_linear_time() -> None:
    for piece in ("năm ", "1/", "từ 1/1 đến ", "2020-", "hai ", "#" * 9, "ngày 1, ", " "):
        assert isinstance(time_references(piece * 2_000, TODAY), list)
        assert isinstance(dates_in(piece * 2_000), list)
