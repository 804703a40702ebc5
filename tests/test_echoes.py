from __future__ import annotations

import pytest

from rag.answering.echoes import without_echo


@pytest.mark.parametrize(
    ("written", "stated"),
    [
        ("Xe chạy từ 5 giờ, giá vé bao nhiêu là 8.000 đồng.", "Xe chạy từ 5 giờ, giá vé là 8.000 đồng."),
        ("Công ty bị phạt 85 triệu đồng và tại sao vì xả thải.", "Công ty bị phạt 85 triệu đồng vì xả thải."),
        ("Tỉnh chậm giải ngân vì sao là vì thiếu mặt bằng.", "Tỉnh chậm giải ngân là vì thiếu mặt bằng."),
        ("Cô có vóc dáng như thế nào là thon gọn.", "Cô có vóc dáng thon gọn."),
        ("Cầu khởi công ngày nào là 14/3/2020.", "Cầu khởi công ngày 14/3/2020."),
        ("Cầu khởi công năm nào là năm 2020.", "Cầu khởi công năm 2020."),
        ("Ai cầm đầu là ba người.", "Người cầm đầu là ba người."),
        # Words that ask nothing
        ("Ai Cập là nước đông dân.", "Ai Cập là nước đông dân."),
        ("Chưa rõ vì sao cầu sập.", "Chưa rõ vì sao cầu sập."),
        ("Ai cũng được vào.", "Ai cũng được vào."),
        ("Không có gì là khó.", "Không có gì là khó."),
    ],
)
def test_a_question_word_before_its_answer_goes(written: str, stated: str) -> None:
    assert without_echo(written) == stated


@pytest.mark.parametrize(
    ("question", "stated"),
    [
        ("Ai lai tạo ra nó (Giống lúa HS18)?", "Trung tâm Giống lai tạo ra nó."),
        ("Ai lai tạo ra nó (Giống lúa HS18 năng suất)?", "Trung tâm Giống lai tạo ra nó (Giống lúa HS18)."),
        ("Giống lúa (Giống lúa HS18) do ai lai tạo?", "Trung tâm Giống lai tạo ra nó (Giống lúa HS18)."),
        ("Ai lai tạo ra nó?", "Trung tâm Giống lai tạo ra nó (Giống lúa HS18)."),
    ],
)
def test_the_topic_that_was_filled_in_goes(question: str, stated: str) -> None:
    assert without_echo("Trung tâm Giống lai tạo ra nó (Giống lúa HS18).", question) == stated
