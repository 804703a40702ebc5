"""What a question asks for, and whether a sentence holds such a thing. With or without accents."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal, TypeAlias

from rag.language.date_mentions import DateMention, dates_in
from rag.language.names import Name, is_list, names, numbers
from rag.language.normalize import fold, matching_form, nfc, tokens, words
from rag.language.offices import OFFICE, called, office_in
from rag.language.patterns import compile_vietnamese, is_bare

Kind: TypeAlias = Literal[
    "person",
    "office",
    "number",
    "hour",
    "date",
    "place",
    "cause",
    "manner",
    "list",
    "yes_no",
    "definition",
    "thing",
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
    r"|thời|mùa|dịp|buổi|lúc|khi)"
)
_OFFICE_ASKED = (
    r"(?:(?:còn|đang|từng|hiện|đã) )?(?:(?:giữ|đảm nhiệm|đảm nhận|nắm giữ|kiêm nhiệm|kiêm|làm) )?"
    r"(?:(?:những|các|thêm) )?(?:chức vụ|chức danh|cương vị|chức) (?:gì|nào)(?: khác)?(?: nữa)?"
)
WHICH_HOUR = r"(?<!mất\s)(?<!trong\s)(?<!hết\s)(?<!dài\s)mấy giờ(?! đồng hồ)|giờ nào"  # not how many
# Read in this order; what one has read the next no longer sees, so that "nào" alone is left for things.
_ASKING: dict[Kind, str] = {
    "cause": (
        r"(?:vì|tại|do|bởi|nhờ) (?:sao|đâu|cái gì|điều gì|(?:lý do|lí do|nguyên nhân) (?:gì|nào))"
        rf"|sao lại|để làm gì|(?:lý do|lí do|nguyên nhân|mục đích){_UP_TO_12} (?:là gì|gì|nào|vì sao)"
        r"|^(?:nguyên nhân|lý do|lí do)"
    ),
    "manner": r"(?:như )?thế nào|ra sao|làm sao|(?:bằng|theo) cách nào|cách nào|làm cách nào",
    "hour": WHICH_HOUR,
    "date": (
        rf"{_TIME_NOUN}(?: tháng)?(?: năm)? (?:nào|mấy|bao nhiêu)|bao giờ|thứ mấy trong tuần"
        r"|vào (?:ngày tháng năm|thời gian) gì"
    ),
    "number": (
        r"bao nhiêu|bao lâu|bao xa|(?<!đám\s)mấy(?! (?:bay|tính|móc|ảnh))"
        rf"|(?:tỷ|tỉ) (?:số|lệ){_UP_TO_12} (?:là gì|nào)"
        r"|con số nào|số lượng|mức nào"
    ),
    "place": rf"(?:ở|tại|từ|đến|tới|về|đi) đâu|{_PLACE_NOUN}{_UP_TO_2} nào|{_SHORT_PLACE_NOUN} nào|đâu$",
    "office": rf"{_OFFICE_ASKED}|(?:chức vụ|chức danh|cương vị){_UP_TO_12} là gì",
    "person": (
        rf"{_PERSON_NOUN}{_UP_TO_3} nào|(?:(?:là|của|do|cho|với|bởi|những|và|có|thì) )?ai(?! cập)"
        rf"|(?:tên thật|họ tên|danh tính){_UP_TO_12} là gì|{_PERSON_NOUN}{_UP_TO_12} tên (?:là )?gì"
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
_CAUSE = re.compile(
    r"(?<!\w)(?:do|vì|bởi|nhờ|nhằm|nguyên nhân|lý do|lí do|mục đích|khiến|dẫn đến|để|nên)(?!\w)"
)
_MANNER = re.compile(r"(?<!\w)(?:bằng|theo|thông qua|dần|nhanh chóng|ngày càng|rất)(?!\w)")
_DEFINITION = re.compile(r"(?<!\w)(?:là|nghĩa là|được gọi là|tức là|gồm)(?!\w)")
# Years and centuries that are no dates of the news: "năm 197 TCN", "thế kỷ XVI"
_FAR_YEAR = re.compile(
    r"(?<!\w)(?:năm|thế kỷ|thế kỉ) (?:thứ )?(?:\d{1,3}|[ivx]{1,5})(?!\w)|\d (?:tcn|scn)(?!\w)"
)
_TIME_WORD = re.compile(
    r"(?<!\w)(?:thế k[ỷỉ]|thập (?:niên|kỷ)|mùa|thời|sáng|chiều|tối|đêm|hôm|(?:trước|sau|trong) khi)(?!\w)"
)
_NUMERAL = r"(?:một|hai|ba|bốn|năm|sáu|bảy|tám|chín|mười|vài|chục|trăm|nghìn|ngàn|triệu|tỷ|tỉ|nửa|đôi)"
_CLOCK = re.compile(  # "7 giờ 30", "7h", "6g15", "07:30", "bảy giờ"; two hours long is "trong 2 giờ"
    r"(?<![\w.,/:])(?:[01]?\d|2[0-4])(?: ?giờ(?! đồng hồ)|h(?:[0-5]\d)?|g[0-5]\d|:[0-5]\d)(?![\w/:])"
    rf"|(?<!\w){_NUMERAL} giờ(?! đồng hồ)(?!\w)|(?<!\w)giờ (?:hành chính|cao điểm|giao thừa)(?!\w)"
)
_LASTS = re.compile(r"(?<!\w)(?:trong|suốt|mất|kéo dài|sau|trước|hơn|gần|thêm)(?: khoảng| hơn| gần)? $")
_PART_OF_DAY = re.compile(r"(?<!\w)(?:sáng|trưa|chiều|tối|đêm|(?:cả|suốt) ngày|24/24|24/7)(?!\w)")
_IN_WORDS = re.compile(rf"(?<!\w){_NUMERAL}(?!\w)")
_COUNTED = re.compile(  # a number and up to two syllables after it: what it counts
    rf"(?:(?<!\w){_NUMERAL}|\d[\d.,]{{0,20}})(?: {_NUMERAL}(?!\w)){{0,3}}"
    r" ?(?P<first>%|[^\W\d_]+)(?: (?P<second>[^\W\d_]+))?"
)
_HOW_MANY = re.compile(r"(?<!\w)(?:bao nhieu|may) ([^\W\d_]+)")
_MONEY = frozenset(["dong", "usd", "do", "euro", "yen", "bang", "vnd"])
_MEASURES = {  # what a question measures without naming it, or by another name than articles do; folded
    **dict.fromkeys(["bao nhieu tien", "so tien", "gia bao nhieu", "tri gia", "kinh phi"], _MONEY),
    "bao nhieu met": frozenset(["m", "km"]),
    "bao nhieu (?:cay so|ki lo met|kilomet)": frozenset(["km"]),
    "bao nhieu gam": frozenset(["g", "kg"]),
    "bao nhieu (?:can|ki lo)": frozenset(["kg"]),
    "bao lau": frozenset(["nam", "thang", "tuan", "ngay", "gio", "phut", "giay", "the", "thap"]),
    "bao xa": frozenset(["km", "m", "met", "dam", "hai"]),
    "ty le": frozenset(["%"]),
    "phan tram": frozenset(["%", "phan"]),
}


@dataclass(frozen=True, slots=True)
class _Said:
    """What a question says itself, and so does not ask for."""

    words: frozenset[str]  # folded
    quantities: frozenset[float]
    dates: tuple[DateMention, ...]
    counted: frozenset[str]  # folded first syllables of what "bao nhiêu" counts
    office: str | None  # of "Ai là Chủ tịch UBND tỉnh?"
    grain: str  # "day" and "year" for "ngày nào" and "năm nào", else empty


@lru_cache(maxsize=64)
def _said(question: str) -> _Said:
    form = fold(matching_form(question))
    counted = set(_HOW_MANY.findall(form))
    for measure, units in _MEASURES.items():
        if re.search(rf"(?<!\w){measure}(?!\w)", form):
            counted |= units
    grain = re.search(r"(?<!\w)(ngay|nam)(?: thang)?(?: nam)? (?:nao|may|bao nhieu)(?!\w)", form)
    return _Said(
        words=frozenset(tokens(form)),
        quantities=frozenset(number.value for number in numbers(question)),
        dates=tuple(dates_in(question)),
        counted=frozenset(counted),
        office=office_in(question),
        grain={"ngay": "day", "nam": "year"}[grain[1]] if grain else "",
    )


def _new_names(sentence: str, said: _Said) -> list[Name]:
    """The names the question does not have; the last syllable tells: `Trump` says `Donald Trump`, too."""
    return [name for name in names(sentence) if fold(name.text).lower().split()[-1] not in said.words]


def _place(sentence: str, said: _Said) -> float:
    found = _new_names(sentence, said)
    if any(name.text in _PLACES or _after_place_word(sentence, name) for name in found):
        return 1.0
    if found and _PLACE_WORD.search(matching_form(sentence)):
        return 0.5
    return 0.25 if found else 0.0


def _after_place_word(sentence: str, name: Name) -> bool:
    return _PLACE_BEFORE.search(matching_form(sentence[max(0, name.start - 12) : name.start])) is not None


def _person(sentence: str, said: _Said) -> float:
    if said.office and called(sentence, said.office):
        return 1.0
    sure = 0.4 if said.office else 1.0  # whoever holds the office, where the question names one
    found = [name for name in _new_names(sentence, said) if name.text not in _PLACES]
    if any(name.is_person for name in found):
        return sure
    lengths = [len(name.text.split()) for name in found if not name.text.isupper()]
    return min(sure, 0.8 if any(length > 1 for length in lengths) else 0.6 if lengths else 0.0)


def _office(sentence: str, said: _Said) -> float:
    """Offices are many: one counts in full only beside somebody the question names."""
    if not OFFICE.search(matching_form(sentence)):
        return 0.0
    named = (fold(name.text).lower().split()[-1] for name in names(sentence))
    return 1.0 if said.words.intersection(named) else 0.5


def _number(sentence: str, said: _Said) -> float:
    form = matching_form(sentence)
    for match in _COUNTED.finditer(form) if said.counted else ():
        if {fold(match["first"]), fold(match["second"] or "")} & said.counted:
            return 1.0
    found = [number for number in numbers(sentence) if number.value not in said.quantities]
    if found:
        sure = 0.8 if said.counted else 1.0  # of what it counts, where the question names that
        return sure if any(number.unit for number in found) else sure - 0.2
    return 0.4 if _IN_WORDS.search(form) else 0.0


def _hour(sentence: str, _: _Said) -> float:
    form = matching_form(sentence)
    found = list(_CLOCK.finditer(form))
    if any(hour[0].startswith("giờ") or not _lasts(form, hour) for hour in found):
        return 1.0
    return 0.5 if found or _PART_OF_DAY.search(form) else 0.0


def _lasts(form: str, hour: re.Match[str]) -> bool:
    """Whether it is how long something takes."""
    return _LASTS.search(form[max(0, hour.start() - 20) : hour.start()]) is not None


def _date(sentence: str, said: _Said) -> float:
    found = [date for date in dates_in(sentence) if not any(map(_same_as(date), said.dates))]
    form = matching_form(sentence)
    if not found:
        return 0.8 if _FAR_YEAR.search(form) else 0.3 if _TIME_WORD.search(form) else 0.0
    if said.grain == "day":
        return 1.0 if any(date.day for date in found) else 0.5
    if said.grain == "year":
        return 1.0 if any(date.year for date in found) else 0.4
    return 1.0


def _same_as(date: DateMention) -> Callable[[DateMention], bool]:
    return lambda other: (other.day, other.month, other.year) == (date.day, date.month, date.year)


def _words(pattern: re.Pattern[str], otherwise: float) -> Callable[[str, _Said], float]:
    return lambda sentence, _: 1.0 if pattern.search(matching_form(sentence)) else otherwise


_DETECTORS: dict[Kind, Callable[[str, _Said], float]] = {
    "person": _person,
    "office": _office,
    "number": _number,
    "hour": _hour,
    "date": _date,
    "place": _place,
    "cause": _words(_CAUSE, 0.0),
    "manner": _words(_MANNER, 0.5),
    "definition": _words(_DEFINITION, 0.3),
    "list": lambda sentence, _: 1.0 if is_list(sentence) else 0.3,
    "yes_no": lambda *_: 1.0,
    "thing": lambda *_: 1.0,
}


def satisfies(kind: Kind, sentence: str, question: str = "") -> float:
    """How well `sentence` could hold what `question` asks for, 0 to 1, by its form alone.

    What the question says itself is not what it asks for: a name, number or date of its own counts for
    nothing, and a number counts for more when it counts what the question wants counted.
    """
    return _DETECTORS[kind](nfc(sentence), _said(nfc(question)))


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


def without_office(question: str) -> str:
    """The question with "giữ chức vụ gì" blanked: an article writes the office, never these words."""
    composed = nfc(question)
    form = matching_form(composed)
    asking = compile_vietnamese(rf"(?<!\w)(?:{_OFFICE_ASKED})(?!\w)", bare=is_bare(form))
    match = asking.search(form)
    return f"{composed[: match.start()]}{' ' * len(match[0])}{composed[match.end() :]}" if match else composed
