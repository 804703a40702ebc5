from __future__ import annotations

import pytest

from rag.language.questions import Kind, asked_for, content_words, satisfies, without_office


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("Ai làm Trưởng đoàn công tác?", {"person"}),
        ("bi thu tinh uy vinh phuc la ai", {"person"}),
        ("Bí thư Tỉnh ủy nào phát biểu bế mạc?", {"person"}),
        ("Cầu thủ nào ghi bàn?", {"person"}),
        ("Chủ tịch HĐND tỉnh tên là gì?", {"person"}),
        ("Cây cầu mới của tỉnh này tên là gì?", {"thing"}),
        ("GRDP bình quân đầu người đạt bao nhiêu?", {"number"}),
        ("co bao nhieu dai bieu", {"number"}),
        ("Có mấy xã về đích?", {"number"}),
        ("Công trình kéo dài bao lâu?", {"number"}),
        ("Hội nghị bế mạc ngày nào?", {"date"}),
        ("khi nao khoi cong", {"date"}),
        ("Trường thành lập năm nào?", {"date"}),
        ("Bao giờ khai mạc?", {"date"}),
        ("Mấy giờ khai mạc?", {"hour"}),
        ("xe chay tu may gio den may gio", {"hour"}),
        ("Đường cấm xe tải vào khung giờ nào?", {"hour"}),
        ("Chuyến tàu đi mất mấy giờ?", {"number"}),
        ("Chuyến tàu chạy mấy giờ đồng hồ?", {"number"}),
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
        ("Bà giữ chức vụ gì?", {"office"}),
        ("ba con giu nhung chuc vu nao khac", {"list", "office"}),
        ("Chức vụ của ông Lê Duy Thành là gì?", {"office"}),
        ("Cơ quan này có chức năng gì?", {"thing"}),
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
        ("person", "Cầu thủ Lionel Messi ghi bàn.", 0.8),
        ("person", "Cầu thủ Antony ghi bàn.", 0.6),
        ("person", "Hội nghị đã bế mạc.", 0.0),
        ("person", "Lễ hội ở Hà Nội.", 0.0),
        ("number", "Thu đạt 2.664 tỷ đồng.", 1.0),
        ("number", "Xếp hạng 5.", 0.8),
        ("number", "Kết quả rất tốt vào ngày 22/1.", 0.0),
        ("number", "Cả thôn chỉ còn vài hộ.", 0.4),
        ("hour", "Lễ hội khai mạc lúc 7 giờ 30.", 1.0),
        ("hour", "Xe chạy từ 5h đến 21h.", 1.0),
        ("hour", "Chợ họp lúc 6g15, tan lúc 10:00.", 1.0),
        ("hour", "Đúng bảy giờ, kẻng đánh.", 1.0),
        ("hour", "Tiếp dân trong giờ hành chính.", 1.0),
        ("hour", "Chợ họp từ sáng sớm.", 0.5),
        ("hour", "Ca mổ kéo dài 5 giờ.", 0.5),
        ("hour", "Xe chạy 60 km/h.", 0.0),
        ("hour", "Thư viện mở cửa từ ngày 5/9/2019.", 0.0),
        ("date", "Hội nghị bế mạc ngày 22.1.", 1.0),
        ("date", "Khởi công năm 2020.", 1.0),
        ("date", "Thành cổ bị phá năm 197 TCN.", 0.8),
        ("date", "Đình làng dựng vào thế kỷ XVI.", 0.8),
        ("date", "Đình làng dựng sau khi dân lập ấp.", 0.3),
        ("date", "Hội nghị bế mạc.", 0.0),
        ("place", "Lễ khởi công tại xã Tam Quan.", 1.0),
        ("place", "Hà Nội có mưa.", 1.0),
        ("place", "Đoàn khởi hành tại Oslo.", 0.5),
        ("place", "Đoàn đến thăm Oslo.", 0.25),
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
    ("kind", "question", "sentence", "value"),
    [
        # A name of the question is not who did it; the last syllable tells that it is the same
        ("person", "Ai thay ông Vi Văn Thắng?", "Ông Vi Văn Thắng nghỉ hưu.", 0.0),
        ("person", "Ai thay ông Thắng?", "Ông Vi Văn Thắng nghỉ hưu.", 0.0),
        ("person", "ai thay ong Thang", "Ông Vi Văn Thắng nghỉ hưu.", 0.0),
        ("person", "Ai thay ông Vi Văn Thắng?", "Ông Vi Văn Sơn thay ông Vi Văn Thắng.", 1.0),
        ("place", "Ông Lê Văn Tám quê ở đâu?", "Ông Lê Văn Tám có ba con.", 0.0),
        ("place", "Hà Nội giáp tỉnh nào?", "Hà Nội đông dân.", 0.0),
        ("place", "Hà Nội giáp tỉnh nào?", "Hà Nội giáp tỉnh Hưng Yên.", 1.0),
        # A number that counts what is asked for, one of something else, the question's own
        ("number", "Có bao nhiêu hộ được vay?", "Ngân hàng cho 17 hộ vay 900 triệu đồng.", 1.0),
        ("number", "Có bao nhiêu hộ được vay?", "Ngân hàng cho vay 900 triệu đồng.", 0.8),
        ("number", "Có bao nhiêu hộ được vay?", "Ngân hàng cho mười hai hộ vay.", 1.0),
        ("number", "co bao nhieu ho duoc vay", "Ngân hàng cho mười hai hộ vay.", 1.0),
        ("number", "Có bao nhiêu hộ được vay?", "Ngân hàng xếp hạng 5.", pytest.approx(0.6)),
        ("number", "17 hộ vay bao nhiêu?", "Ngân hàng gặp 17 hộ.", 0.0),
        ("number", "Cầu thi công bao lâu?", "Cầu xây trong hai năm.", 1.0),
        ("number", "Cầu thi công bao lâu?", "Cầu cao 15 m.", 0.8),
        ("number", "Nhóm này lừa bao nhiêu tiền?", "Nhóm này lừa 214 triệu đồng.", 1.0),
        ("number", "Nhóm này lừa bao nhiêu tiền?", "Nhóm này lừa 176 người.", 0.8),
        ("number", "Điện bán giá bao nhiêu?", "Nhà máy cung cấp 72 triệu kWh.", 0.8),
        ("number", "Hang cao bao nhiêu mét?", "Hang cao 200 m.", 1.0),
        ("number", "Tỷ lệ đỗ là bao nhiêu?", "Trường có 98% học sinh đỗ.", 1.0),
        # Somebody of the office asked about, and anybody else
        ("person", "Ai là Bí thư Tỉnh ủy?", "Bí thư Tỉnh ủy Trần Đình Khoát dự.", 1.0),
        ("person", "Ai là Bí thư Tỉnh ủy?", "Phó Bí thư Tỉnh ủy Ngô Thị Bình dự.", 0.4),
        ("person", "Ai là Bí thư Tỉnh ủy?", "Hội Nông dân Lam Giang họp.", 0.4),
        # An office counts in full beside whom the question names
        ("office", "Bà Lan giữ chức vụ gì?", "Phó Chủ tịch Lê Thị Lan dự.", 1.0),
        ("office", "Bà Lan giữ chức vụ gì?", "Chủ tịch UBND tỉnh dự.", 0.5),
        ("office", "Bà Lan giữ chức vụ gì?", "Bà Lê Thị Lan dự.", 0.0),
        # The grain of a date, and the question's own date
        ("date", "Cầu khánh thành ngày nào?", "Cầu khánh thành ngày 30/6/2023.", 1.0),
        ("date", "Cầu khánh thành ngày nào?", "Cầu khánh thành năm 2023.", 0.5),
        ("date", "Cầu khánh thành năm nào?", "Cầu khánh thành ngày 30/6.", 0.4),
        ("date", "Cầu khởi công năm 2020, khi nào xong?", "Cầu khởi công năm 2020.", 0.0),
    ],
)
def test_what_the_question_says_itself_does_not_answer_it(
    kind: Kind, question: str, sentence: str, value: float
) -> None:
    assert satisfies(kind, sentence, question) == value


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


@pytest.mark.parametrize(
    ("question", "rest"),
    [
        ("Bà Lan còn giữ những chức vụ nào khác?", "Bà Lan                               ?"),
        ("ong Thanh giu chuc vu gi", "ong Thanh               "),
        ("Ai là Chủ tịch?", "Ai là Chủ tịch?"),
    ],
)
def test_the_words_that_ask_for_an_office_are_blanked(question: str, rest: str) -> None:
    assert without_office(question) == rest


def test_hostile_question() -> None:
    for piece in ("có ", "nào ", "các a ", "lý do ", "ai", "đã "):
        assert asked_for(piece * 5_000) <= {"person", "thing", "list", "cause", "number", "yes_no"}
