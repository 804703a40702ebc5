from __future__ import annotations

from rag.answering.followups import candidates
from rag.types import Article, Quote

ARTICLE = Article(
    "a",
    "Khánh thành đập Khe Sim",
    "Sáng 5/6, đập Khe Sim được khánh thành. Phó Chủ tịch tỉnh Hà Nhai Vũ Thị Lan dự. "
    "Ông Đinh Văn Lực, Giám đốc Sở Xây dựng, cắt băng.\n\n"
    + "Công trình đã xong. " * 30
    + "Hồ chứa nằm ở xã Tân Vượng. EVN mua toàn bộ điện. Xã Tân Vượng có 900 hộ. Báo Thời Mới xin cảm ơn.",
    source="Thời Mới",
)
OPENING = Quote(ARTICLE, 0, ARTICLE.text.index(" Ông"))


def test_names_near_the_quote_come_first_and_what_was_said_not_at_all() -> None:
    said = "Đập Khe Sim khánh thành khi nào? Đập Khe Sim được khánh thành sáng 5/6."
    assert candidates(said, [OPENING], 9) == (
        "Có tin gì về Sở Xây dựng?",
        "Có tin gì về Hà Nhai?",
        "Vũ Thị Lan nói gì?",
        "Ông Đinh Văn Lực nói gì?",
        "Có tin gì về Tân Vượng?",
        "Có tin gì về EVN?",
    )
    assert candidates(said, [OPENING], 1) == ("Có tin gì về Sở Xây dựng?",)


def test_nothing_without_quotes() -> None:
    assert candidates("Hỏi?", [], 3) == ()
