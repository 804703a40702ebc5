from __future__ import annotations

import pytest

from rag.language.questions import Kind, asked_for, content_words, satisfies


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("Ai làm Trưởng đoàn công tác?", {"person"}),
        ("bi thu tinh uy vinh phuc la ai", {"person"}),
        ("Bí thư Tỉnh ủy nào phát biểu bế mạc?", {"person"}),
        ("Cầu thủ nào ghi bàn?", {"person"}),
        ("GRDP bình quân đầu người đạt bao nhiêu?", {"number"}),
        ("co bao nhieu dai bieu", {"number"}),
        ("Có mấy xã về đích?", {"number"}),
        ("Công trình kéo dài bao lâu?", {"number"}),
        ("Hội nghị bế mạc ngày nào?", {"date"}),
        ("khi nao khoi cong", {"date"}),
        ("Trường thành lập năm nào?", {"date"}),
        ("Mấy giờ khai mạc?", {"date"}),
        ("Trận đấu diễn ra ở đâu?", {"place"}),
        ("Tỉnh nào dẫn đầu?", {"place"}),
        ("tran dau dien ra o dau", {"place"}),
        ("Ai Cập ở đâu?", {"place"}),
        ("Vì sao giá xăng tăng?", {"cause"}),
        ("tai sao lai cam duong", {"cause"}),
        ("Do đâu mà cháy?", {"cause"}),
        ("Mục đích của chuyến thăm là gì?", {"cause"}),
        ("Cuộc họp diễn ra như thế nào?", {"manner"}),
        ("ket qua ra sao", {"manner"}),
        ("Ban Thường vụ gồm những ai?", {"list", "person"}),
        ("Những nước nào tham gia?", {"list", "place"}),
        ("Kể tên các đội bóng.", {"list"}),
        ("Cầu có thu phí không?", {"yes_no"}),
        ("co phai ong la chu tich khong", {"yes_no"}),
        ("Chuyển đổi số là gì?", {"definition", "thing"}),
        ("AI là gì?", {"definition", "thing"}),
        ("Chủ đề phát triển kinh tế của tỉnh là gì?", {"thing"}),
        ("Bà giữ chức vụ gì?", {"thing"}),
        ("Vụ nổ ở đâu và ảnh hưởng đến bao nhiêu người?", {"number", "place"}),
        ("Vĩnh Phúc", set()),
        ("", set()),
    ],
)
def test_asked_for(question: str, kinds: set[Kind]) -> None:
    assert asked_for(question) == kinds


@pytest.mark.parametrize(
    ("kind", "sentence", "value"),
    [
        ("person", "Bà Lê Thị Kim Dung phát biểu.", 1.0),
        ("person", "Cầu thủ Lionel Messi ghi bàn.", 0.6),
        ("person", "Hội nghị đã bế mạc.", 0.0),
        ("person", "Lễ hội ở Hà Nội.", 0.0),
        ("number", "Thu đạt 2.664 tỷ đồng.", 1.0),
        ("number", "Xếp hạng 5.", 0.7),
        ("number", "Kết quả rất tốt vào ngày 22/1.", 0.0),
        ("date", "Hội nghị bế mạc ngày 22.1.", 1.0),
        ("date", "Khởi công năm 2020.", 0.7),
        ("date", "Hội nghị bế mạc.", 0.0),
        ("place", "Lễ khởi công tại xã Tam Quan.", 1.0),
        ("place", "Hà Nội có mưa.", 1.0),
        ("place", "Hội nghị bế mạc.", 0.0),
        ("cause", "Xe lật do đường trơn.", 1.0),
        ("cause", "Xe lật lúc sáng sớm.", 0.0),
        ("manner", "Thanh toán bằng thẻ.", 1.0),
        ("definition", "Chuyển đổi số là quá trình dài.", 1.0),
        ("list", "Gồm lúa, ngô, khoai.", 1.0),
        ("yes_no", "Có.", 1.0),
        ("thing", "Có.", 1.0),
    ],
)
def test_satisfies(kind: Kind, sentence: str, value: float) -> None:
    assert satisfies(kind, sentence) == value


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("Ai là Chủ tịch UBND thành phố Hà Nội?", ["chủ", "tịch", "ubnd", "thành", "phố", "hà", "nội"]),
        ("Năm 2021 tỉnh thu được bao nhiêu?", ["năm", "2021", "tỉnh", "thu"]),
        ("bi thu tinh uy la ai", ["bi", "thu", "tinh", "uy"]),
        ("Ai Cập ở đâu?", ["ai", "cập"]),
        ("AI là gì?", ["ai"]),
        ("là gì", []),
    ],
)
def test_content_words(question: str, found: list[str]) -> None:
    assert content_words(question) == found


def test_hostile_question() -> None:
    for piece in ("có ", "nào ", "các a ", "lý do ", "ai", "đã "):
        assert asked_for(piece * 5_000) <= {"person", "thing", "list", "cause", "number", "yes_no"}
