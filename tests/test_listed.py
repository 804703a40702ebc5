from __future__ import annotations

import pytest

from rag.answering.listed import completed
from rag.types import Article, Quote

CHAIR = (
    "Các đồng chí: Lê Thị Én, Ủy viên T.Ư Đảng, Bí thư Tỉnh ủy; Vũ Hoàng Anh, Phó Bí thư Tỉnh ủy; "
    "Lê Văn Tám, Chủ tịch UBND tỉnh chủ trì hội nghị."
)


@pytest.mark.parametrize(
    ("answer", "question", "sentence", "people"),
    [
        ("Lê Văn Tám", "Hội nghị do ai chủ trì?", CHAIR, "Lê Thị Én, Vũ Hoàng Anh, Lê Văn Tám"),
        ("ông Vũ Hoàng Anh", "ai chu tri hoi nghi", CHAIR, "Lê Thị Én, Vũ Hoàng Anh, Lê Văn Tám"),
        ("Lê Thị Én và Lê Văn Tám", "Ai chủ trì hội nghị?", CHAIR, None),  # more than one already
        ("Hội nghị thành công.", "Ai chủ trì hội nghị?", CHAIR, None),
        ("Lê Văn Tám", "Ai là Chủ tịch UBND tỉnh?", CHAIR, None),  # one of them holds the office
        ("Lê Văn Tám", "Ai vắng mặt?", CHAIR, None),  # the list says nothing of that
        ("Lê Văn Tám", "Hội nghị diễn ra ở đâu?", CHAIR, None),
        ("Lê Văn Tám", "Ai chủ trì hội nghị?", "Lê Văn Tám chủ trì hội nghị; cuộc họp kéo dài.", None),
    ],
)
def test_completed(answer: str, question: str, sentence: str, people: str | None) -> None:
    article = Article("x", "", sentence)
    assert completed(answer, question, [Quote(article, 0, len(sentence))]) == people
