"""Dates as newspapers write them."""

from __future__ import annotations

import pytest

from rag.articles.dates import Stamp, date_to_iso, day_in_address, is_stamped, read_stamp, stamp_at


@pytest.mark.parametrize(
    ("value", "iso"),
    [
        ("20201001", "2020-10-01"),
        ("20201001183000", "2020-10-01T18:30:00+07:00"),
        ("2021-01-22", "2021-01-22"),
        ("2021-01-22T17:11:16", "2021-01-22T17:11:16+07:00"),
        ("2021-01-22T17:11:16+07:00", "2021-01-22T17:11:16+07:00"),
        ("2021-01-22T10:11:16Z", "2021-01-22T17:11:16+07:00"),
        ("2021-01-22T10:11:16.250-0530", "2021-01-22T10:11:16-05:30"),
        ("2021-01-22 17:11", "2021-01-22T17:11:00+07:00"),
        ("Thứ tư, 7/2/2024, 23:41 (GMT+7)", "2024-02-07T23:41:00+07:00"),
        ("7/2/2024, 23:41 (GMT)", "2024-02-08T06:41:00+07:00"),
        ("7/2/2024, 23:41 (GMT-3:30)", "2024-02-07T23:41:00-03:30"),
        ("THỨ SÁU, 22/01/2021 17:11:16", "2021-01-22T17:11:16+07:00"),
        ("16:58, 25/09/2021", "2021-09-25T16:58:00+07:00"),
        ("16h58 ngày 25.9.2021", "2021-09-25T16:58:00+07:00"),
        ("25-09-2021 04:15 CH", "2021-09-25T16:15:00+07:00"),
        ("25-09-2021 12:15 AM", "2021-09-25T00:15:00+07:00"),
        ("ngày 22 tháng 1 năm 2021", "2021-01-22"),
        ("22 Tháng 1, 2021", "2021-01-22"),
        ("Fri, 22 Jan 2021 17:11:16 +0700", "2021-01-22T17:11:16+07:00"),
        ("Fri, 22 Jan 2021 10:11:16 GMT", "2021-01-22T17:11:16+07:00"),
        ("29/02/2024", "2024-02-29"),
        ("29/02/2023", None),
        ("31/4/2021", None),
        ("12/25/2021", None),
        ("20211301", None),
        ("01/01/1492", None),
        ("25/9/2021 25:61", "2021-09-25"),
        ("N/A", None),
        ("", None),
        ("9 ngày trước", None),
        ("192.168.10.2021", None),
        ("1" * 300, None),
    ],
)
def test_date_to_iso(value: str, iso: str | None) -> None:
    assert date_to_iso(value) == iso


@pytest.mark.parametrize(
    ("line", "stamp"),
    [
        ("18/11/2020", Stamp("2020-11-18", None, bare=True)),
        ("THỨ SÁU, 22/01/2021 17:11:16", Stamp("2021-01-22T17:11:16+07:00", None, bare=False)),
        ("Chủ nhật, 7/2/2024, 23:41 (GMT+7)", Stamp("2024-02-07T23:41:00+07:00", None, bare=False)),
        ("Cập nhật lúc 08:30 ngày 12/3/2021", Stamp("2021-03-12T08:30:00+07:00", None, bare=False)),
        ("Ngày đăng: 12/3/2021 | 08:30", Stamp("2021-03-12T08:30:00+07:00", None, bare=False)),
        (
            "Chính trị - Ngày đăng : 16:58, 25/09/2021",
            Stamp("2021-09-25T16:58:00+07:00", "Chính trị", bare=False),
        ),
        (
            "Nông nghiệp - Nông thôn | 12/03/2021 10:00",
            Stamp("2021-03-12T10:00:00+07:00", "Nông nghiệp - Nông thôn", bare=False),
        ),
        (
            "Ngày đăng: 12/3/2021 | 08:30 Lượt xem: 1.204",
            Stamp("2021-03-12T08:30:00+07:00", None, bare=False),
        ),
        ("- Thời gian: 08:30, ngày 25/04/2021", None),
        ("Hà Nội, ngày 22 tháng 1 năm 2021", None),
        ("Sáng 25/9, đoàn công tác thăm làng.", None),
        ("Ngày 25/9/2021, đoàn công tác thăm làng.", None),
        ("Quyết định có hiệu lực từ 01/7/2021", None),
        ("Ngày đăng: 31/02/2021", None),
        ("Giá vàng", None),
    ],
)
def test_read_stamp(line: str, stamp: Stamp | None) -> None:
    assert read_stamp(line) == stamp


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://baolang.example/2024/03/12/cau-moi.html", "2024-03-12"),
        ("https://baolang.example/tin/2024-3-2/cau-moi-thong-xe", "2024-03-02"),
        ("https://baolang.example/cau-moi-20240312165800123.htm", "2024-03-12"),
        ("https://baolang.example/cau-moi-20240312.html?utm=1#binh-luan", "2024-03-12"),
        ("https://baolang.example/cau-moi-20240312", "2024-03-12"),
        ("https://baolang.example/cau-moi-4954454.html", None),
        ("https://baolang.example/cau-moi-20241399.html", None),
        ("https://baolang.example/cau-moi-20240312990000.htm", None),
        ("https://baolang.example/cau-moi-202403121.htm", None),
        ("https://baolang.example/2024/03/danh-sach.html", None),
        ("https://baolang.example/nghi-quyet-20240312-khoa-hoc.html", None),
        ("https://baolang.example/?ngay=2024/03/12", None),
        ("", None),
    ],
)
def test_the_day_in_an_address(url: str, day: str | None) -> None:
    assert day_in_address(url) == day


@pytest.mark.parametrize(
    ("position", "line", "stamped"),
    [
        (3, "12/3/2024", True),  # a day alone, at the very head
        (5, "12/3/2024", False),  # … among the text it may be anything's
        (5, "Thứ Ba, 12/3/2024, 16:58 (GMT+7)", True),
        (9, "Thứ Ba, 12/3/2024, 16:58 (GMT+7)", False),
        (17, "Thứ Ba, 12/3/2024, 16:58 (GMT+7)", True),
    ],
)
def test_where_a_stamp_counts(position: int, line: str, stamped: bool) -> None:
    lines = ["Một câu của bài."] * 20
    lines[position] = line
    assert (stamp_at(lines, position) is not None, is_stamped(lines)) == (stamped, stamped)
