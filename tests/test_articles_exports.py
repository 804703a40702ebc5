"""What exports do to articles and what cleaning makes of it: lost line breaks, subheadings, imprints."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.articles.clean import clean
from rag.articles.draft import RawArticle
from rag.types import Article

HERE = Path("bai.txt")
ADDRESS = "https://baolang.vn/xa-hoi/dong-lam-khoi-cong-cau-song-tra-20210314165800123.htm"

FIRST = "Sáng 14/3, huyện Đồng Lâm khởi công cầu Sông Trà, nối hai xã ven sông sau nhiều năm chờ đợi."
SECOND = "Cầu dài 1,2 km, rộng 22,5 m. Người dân góp 2.100 ngày công để dọn mặt bằng."
THIRD = "“Có cầu rồi, trẻ con đi học không phải qua đò nữa”, bà Thắm nói."


def text(*paragraphs: str) -> str:
    return "\n\n".join(paragraphs)


def exported(*lines: str, url: str | None = ADDRESS, title: str | None = None) -> Article:
    return clean(RawArticle(id="1", title=title, url=url, body="\n".join(lines)), HERE)


def test_a_subheading_that_an_export_puts_first_is_no_headline() -> None:
    article = exported("Mong chờ suốt hai mươi năm", FIRST, SECOND)
    assert article.title == FIRST
    assert article.text == text("Mong chờ suốt hai mươi năm", FIRST, SECOND)


def test_the_line_that_the_address_spells_out_is_the_headline_wherever_it_stands() -> None:
    article = exported("Mong chờ suốt hai mươi năm", FIRST, "Đồng Lâm khởi công cầu Sông Trà", SECOND)
    assert article.title == "Đồng Lâm khởi công cầu Sông Trà"
    assert article.text == text("Mong chờ suốt hai mươi năm", FIRST, SECOND)


@pytest.mark.parametrize(
    ("first", "url"),
    [
        ("Khởi công cầu mới qua Sông Trà", ADDRESS),  # changed since the address was made
        ("Mong chờ suốt hai mươi năm", "https://baolang.vn/xa-hoi/bai-20210314165800123.htm"),
        ("Mong chờ suốt hai mươi năm", "https://baolang.vn/en/work-on-the-new-bridge-begins.htm"),
        ("Mong chờ suốt hai mươi năm", None),
    ],
)
def test_a_first_line_is_the_headline_when_the_address_does_not_say_otherwise(
    first: str, url: str | None
) -> None:
    article = exported(first, FIRST, SECOND, url=url)
    assert (article.title, article.text) == (first, text(FIRST, SECOND))


def test_a_lead_without_a_stop_names_the_article_when_it_is_no_headline() -> None:
    lead = "Người dân hai xã ven sông góp hơn hai nghìn ngày công để dọn mặt bằng cho nhà thầu trong mùa khô"
    article = exported(lead, FIRST)
    assert (article.title, article.text) == (lead, text(lead, FIRST))


@pytest.mark.parametrize(
    ("cut", "body", "whole"),
    [
        ("Đồng Lâm khởi công cầu ...", FIRST, "Đồng Lâm khởi công cầu Sông Trà"),
        ("Đồng Lâm khởi công cầu…", SECOND, "Đồng Lâm khởi công cầu…"),  # the text has no such words
        ("Huyện Đồng Lâm khởi công ...", FIRST, "Huyện Đồng Lâm khởi công ..."),  # not what the address says
        ("Đồng Lâm khởi công cầu Sông Trà...", FIRST, "Đồng Lâm khởi công cầu Sông Trà..."),
    ],
)
def test_a_title_that_was_cut_off_goes_on_as_the_address_does(cut: str, body: str, whole: str) -> None:
    line = f"Người dân huyện Đồng Lâm vui vì khởi công. {body}"
    assert exported(line, title=cut).title == whole


@pytest.mark.parametrize("place", ["Đồng Lâm", "Vĩnh Lạc - Đồng Lâm", "Hòa An"])
def test_a_place_glued_to_the_lead_is_parted(place: str) -> None:
    assert exported(place + FIRST, SECOND, title="Cầu mới").text == text(place, FIRST, SECOND)


@pytest.mark.parametrize("name", ["Ví MoMo ra mắt", "Chợ", "Xã đảoHòa", "Hòa An: Bà VinFast"])
def test_other_capitals_stay_where_they_are(name: str) -> None:
    line = f"{name} {FIRST}"
    assert exported(line, SECOND, title="Cầu mới").text == text(line, SECOND)


def test_sentences_that_stand_twice_in_a_row_stand_once() -> None:
    doubled = f"{FIRST} {FIRST} {SECOND} {THIRD} {SECOND} {THIRD} Vui quá! Vui quá! {FIRST}"
    once = f"{FIRST} {SECOND} {THIRD} Vui quá! Vui quá! {FIRST}"
    assert exported(doubled, title="Cầu mới").text == once
    assert exported(f"{FIRST}{FIRST}", title="Cầu mới").text == FIRST


def test_the_imprint_goes_with_all_below_it() -> None:
    imprint = "Cơ quan chủ quản: UBND huyện Đồng Lâm Tổng Biên tập: Hà Lam Giấy phép số 12/GP-BTTTT"
    contact = "Điện thoại: 0123 456 789"
    assert exported(FIRST, SECOND, imprint, contact, title="Cầu mới").text == text(FIRST, SECOND)
    assert exported(f"{FIRST} © 2021 Toàn bộ bản quyền thuộc Báo Làng", title="Cầu mới").text == FIRST


def test_an_article_may_speak_of_an_imprint() -> None:
    lines = [FIRST, "Báo Làng hoạt động theo giấy phép số 12/GP-BTTTT.", SECOND]
    assert exported(*lines, title="Cầu mới").text == text(*lines)


@pytest.mark.parametrize(
    ("tail", "author"),
    [
        (["V. Lam"], "V. Lam"),
        (["V.LamTổng hợp"], "V.Lam"),
        (["V.LamVideo: Đài huyện"], "V.Lam"),
        (["Theo Hà Lam", "Báo Đồng Lâm"], "Hà Lam, theo Báo Đồng Lâm"),
        (["Tổng hợp từ VOV"], "Theo VOV"),
        (["Hà Lam", "Tham khảo: VOV"], "Hà Lam, theo VOV"),
        (["Bài viết: Hà Lam", "Thiết kế: Tú Anh"], "Hà Lam"),
        (["Hà Lam", "Nguồn video: VOV"], "Hà Lam"),
    ],
)
def test_bylines_of_exports(tail: list[str], author: str) -> None:
    article = exported(FIRST, SECOND, *tail, title="Cầu mới")
    assert (article.text, article.author) == (text(FIRST, SECOND), author)


def test_a_byline_behind_a_caption_or_a_contact() -> None:
    caption, contact = "Toàn cảnh cầu mới nhìn từ bến đò cũ", "Đường dây nóng: 0123 456 789"
    article = exported(FIRST, caption, "Hà Lam", "Theo VOV", title="Cầu mới")
    assert (article.text, article.author) == (text(FIRST, caption), "Hà Lam, theo VOV")
    article = exported(FIRST, contact, "Hà Lam", title="Cầu mới")
    assert (article.text, article.author) == (text(FIRST, contact), "Hà Lam")
