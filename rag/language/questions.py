"""What a question asks for, and whether a sentence holds such a thing. With or without accents."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Literal, TypeAlias

from rag.language.date_mentions import dates_in
from rag.language.names import Name, is_list, names, numbers
from rag.language.normalize import fold, matching_form, nfc, words
from rag.language.patterns import compile_vietnamese, is_bare

Kind: TypeAlias = Literal[
    "person", "number", "date", "place", "cause", "manner", "list", "yes_no", "definition", "thing"
]

_UP_TO_3 = r"(?: [^\W\d_]{1,12}){0,3}"  # words between a noun and its "nào"
_UP_TO_2 = r"(?: [^\W\d_]{1,12}){0,2}"
_UP_TO_12 = r"(?: [^\W\d_]{1,12}){0,12}"
_PERSON_NOUN = (
    r"(?:người|ông|bà|vị|bí thư|chủ tịch|giám đốc|hiệu trưởng|bộ trưởng|thủ tướng|tổng thống|vua|hoàng đế"
    r"|cầu thủ|diễn viên|đạo diễn|ca sĩ|nghệ sĩ|tác giả|nhà (?:văn|thơ|báo|khoa học|lãnh đạo)|huấn luyện viên"
    r"|hlv|đồng chí|lãnh đạo|nhân vật|đại biểu|trọng tài|bác sĩ|luật sư|tướng|học giả|sử gia|vận động viên"
    r"|hoa hậu|phi công)"
)
_PLACE_NOUN = (
    r"(?:tỉnh(?! ủy)|thành phố|huyện(?! ủy)|thị xã|thị trấn|quốc gia|địa phương|khu vực|châu lục|địa điểm"
    r"|địa danh|nơi|thủ đô|hòn đảo|sân vận động|lãnh thổ|vùng đất)"
)
_SHORT_PLACE_NOUN = r"(?<!cơ\s)(?<!lãnh\s)(?:quận|xã|phường|thôn|nước|vùng|miền|đảo|bang)"  # also other words
_TIME_NOUN = (
    r"(?:ngày|tháng|năm|hôm|tuần|quý|thế kỷ|thế kỉ|thời gian|thời điểm|thập niên|thập kỷ|giai đoạn|thời kỳ"
    r"|thời|mùa|dịp|buổi|giờ|lúc|khi)"
)
# Read in this order; what one has read the next no longer sees, so that "nào" alone is left for things.
_ASKING: dict[Kind, str] = {
    "cause": (
        r"(?:vì|tại|do|bởi|nhờ) (?:sao|đâu|cái gì|điều gì|(?:lý do|lí do|nguyên nhân) (?:gì|nào))"
        rf"|sao lại|để làm gì|(?:lý do|lí do|nguyên nhân|mục đích){_UP_TO_12} (?:là gì|gì|nào|vì sao)"
        r"|^(?:nguyên nhân|lý do|lí do)"
    ),
    "manner": r"(?:như )?thế nào|ra sao|làm sao|(?:bằng|theo) cách nào|cách nào|làm cách nào",
    "date": (
        rf"{_TIME_NOUN}(?: tháng)?(?: năm)? (?:nào|mấy|bao nhiêu)|bao giờ|mấy giờ|thứ mấy trong tuần"
        r"|vào (?:ngày tháng năm|thời gian) gì"
    ),
    "number": (
        r"bao nhiêu|bao lâu|bao xa|(?<!đám\s)mấy(?! (?:bay|tính|móc|ảnh))"
        rf"|(?:tỷ|tỉ) (?:số|lệ){_UP_TO_12} (?:là gì|nào)"
        r"|con số nào|số lượng|mức nào"
    ),
    "place": rf"(?:ở|tại|từ|đến|tới|về|đi) đâu|{_PLACE_NOUN}{_UP_TO_2} nào|{_SHORT_PLACE_NOUN} nào|đâu$",
    "person": (
        rf"{_PERSON_NOUN}{_UP_TO_3} nào|(?:(?:là|của|do|cho|với|bởi|những|và|có|thì) )?ai(?! cập)"
        rf"|(?:tên thật|họ tên|danh tính){_UP_TO_12} là gì"
    ),
    "definition": r"(?:có )?nghĩa là (?:gì|thế nào)|định nghĩa|khái niệm",
    "thing": r"gì|nào|đâu là",
}
_LIST = (
    r"(?<!\w)(?:(?:bao )?gồm(?: những| các| có)?|kể tên|liệt kê|hãy nêu"
    r"|(?:những|các)(?: [^\W\d_]{1,12}){0,5} nào|những (?:ai|gì|đâu))(?!\w)"
)
_YES_NO = (
    r"(?:phải|đúng|hay|được|có|rồi) không ?$|(?:^|\W)(?:có phải|phải chăng|liệu (?:có|rằng|ai|ông|bà))(?!\w)"
    r"|(?:^|\W)đã .{1,150} chưa ?$"
)
_HAS_OR_NOT = r"(?:^|\W)có(?! (?:bao|mấy)) .{1,200} không ?$"
_SHORT_SUBJECT = r"^(?:[^\s]{1,20} ){1,5}là gì ?$"


def asked_for(question: str) -> frozenset[Kind]:
    """The kinds of thing `question` asks for: several when it asks twice, none when it asks for nothing."""
    composed = nfc(question)
    if not composed.isupper():
        composed = re.sub(r"(?<!\w)AI(?!\w)", "##", composed)  # artificial intelligence, not "who"
    form = matching_form(composed)
    form = re.sub(r"[\s?!.,;:\"]+", " ", form[:2_000]).strip()
    bare = is_bare(form)

    def search(pattern: str, text: str) -> re.Match[str] | None:
        return compile_vietnamese(pattern, bare=bare).search(text)

    kinds: set[Kind] = set()
    rest = form
    for kind, pattern in _ASKING.items():
        asking = compile_vietnamese(rf"(?<!\w)(?:{pattern})(?!\w)", bare=bare)
        if asking.search(rest):
            kinds.add(kind)
            rest = asking.sub("#", rest)
    if search(_LIST, form):
        kinds.add("list")
    if search(_YES_NO, form) or (not kinds and search(_HAS_OR_NOT, form)):
        kinds.add("yes_no")
    if kinds == {"thing"} and search(_SHORT_SUBJECT, form):
        kinds.add("definition")
    return frozenset(kinds)


# ── Sentences that can answer ─────────────────────────────────────────────────────────────────────

_PLACE_TABLE = """
    An Giang;Bà Rịa;Vũng Tàu;Bạc Liêu;Bắc Giang;Bắc Kạn;Bắc Ninh;Bến Tre;Bình Dương;Bình Định;Bình Phước;
    Bình Thuận;Cà Mau;Cao Bằng;Cần Thơ;Đà Nẵng;Đắk Lắk;Đắk Nông;Điện Biên;Đồng Nai;Đồng Tháp;Gia Lai;Hà Giang;
    Hà Nam;Hà Nội;Hà Tĩnh;Hải Dương;Hải Phòng;Hậu Giang;Hòa Bình;Hồ Chí Minh;Hưng Yên;Khánh Hòa;Kiên Giang;
    Kon Tum;Lai Châu;Lạng Sơn;Lào Cai;Lâm Đồng;Long An;Nam Định;Nghệ An;Ninh Bình;Ninh Thuận;Phú Thọ;Phú Yên;
    Quảng Bình;Quảng Nam;Quảng Ngãi;Quảng Ninh;Quảng Trị;Sóc Trăng;Sơn La;Tây Ninh;Thái Bình;Thái Nguyên;
    Thanh Hóa;Thừa Thiên;Huế;Tiền Giang;Trà Vinh;Tuyên Quang;Vĩnh Long;Vĩnh Phúc;Yên Bái;Việt Nam;Sài Gòn;
    Mỹ;Nga;Pháp;Đức;Anh;Lào;Trung Quốc;Nhật Bản;Hàn Quốc;Thái Lan;Hoa Kỳ;Ấn Độ;Triều Tiên;Campuchia
"""
_PLACES = frozenset(name.strip() for name in _PLACE_TABLE.split(";"))
_PLACE_BEFORE = re.compile(
    r"(?:^|\W)(?:xã|huyện|tỉnh|thành phố|tp|quận|phường|thị xã|thị trấn|thôn|đường|nước|bang|đảo"
    r"|sông|núi|làng|khu)[ .]$"
)
_PLACE_WORD = re.compile(r"(?<!\w)(?:ở|tại) (?=[^\W\d_])")
_CAUSE = re.compile(r"(?<!\w)(?:do|vì|bởi|nhờ|nhằm|nguyên nhân|lý do|lí do|khiến|dẫn đến|để)(?!\w)")
_MANNER = re.compile(r"(?<!\w)(?:bằng|theo|thông qua|dần|nhanh chóng|ngày càng|rất)(?!\w)")
_DEFINITION = re.compile(r"(?<!\w)(?:là|nghĩa là|được gọi là|tức là|gồm)(?!\w)")


def _place(sentence: str) -> float:
    found = names(sentence)
    if any(name.text in _PLACES or _after_place_word(sentence, name) for name in found):
        return 1.0
    return 0.5 if found and _PLACE_WORD.search(matching_form(sentence)) else 0.0


def _after_place_word(sentence: str, name: Name) -> bool:
    return _PLACE_BEFORE.search(matching_form(sentence[max(0, name.start - 12) : name.start])) is not None


def _person(sentence: str) -> float:
    found = names(sentence)
    if any(name.is_person and name.text not in _PLACES for name in found):
        return 1.0
    return 0.6 if any(not name.text.isupper() and name.text not in _PLACES for name in found) else 0.0


def _number(sentence: str) -> float:
    found = numbers(sentence)
    return 1.0 if any(number.unit for number in found) else 0.7 if found else 0.0


def _date(sentence: str) -> float:
    found = dates_in(sentence)
    return 1.0 if any(mention.month for mention in found) else 0.7 if found else 0.0


def _words(pattern: re.Pattern[str], otherwise: float) -> Callable[[str], float]:
    return lambda sentence: 1.0 if pattern.search(matching_form(sentence)) else otherwise


_DETECTORS: dict[Kind, Callable[[str], float]] = {
    "person": _person,
    "number": _number,
    "date": _date,
    "place": _place,
    "cause": _words(_CAUSE, 0.0),
    "manner": _words(_MANNER, 0.5),
    "definition": _words(_DEFINITION, 0.3),
    "list": lambda sentence: 1.0 if is_list(sentence) else 0.3,
    "yes_no": lambda _: 1.0,
    "thing": lambda _: 1.0,
}


def satisfies(kind: Kind, sentence: str) -> float:
    """How well `sentence` could hold what is asked for, 0 to 1, by its form alone."""
    return _DETECTORS[kind](nfc(sentence))


# ── What the question is about ────────────────────────────────────────────────────────────────────


@cache
def _stop_words(*, bare: bool) -> frozenset[str]:
    lines = files("rag.language").joinpath("stop_words.txt").read_text(encoding="utf-8").splitlines()
    entries = [line.split() for line in lines if line and line[0] != "#"]
    if bare:
        return frozenset(fold(entry[0]) for entry in entries if len(entry) == 1)
    return frozenset(entry[0] for entry in entries)


def content_words(question: str) -> list[str]:
    """The matching forms of the words that say what `question` is about; numbers and names are kept."""
    composed = nfc(question)
    stop = _stop_words(bare=is_bare(composed))
    found = words(composed)
    kept = []
    for i, word in enumerate(found):
        in_name = i > 0 and composed[word.start].isupper()
        is_egypt = word.text == "ai" and i + 1 < len(found) and fold(found[i + 1].text) == "cap"
        if word.text not in stop or in_name or is_egypt or composed[word.start : word.end] == "AI":
            kept.append(word.text)
    return kept
