"""What a figure measures or counts, and what a question wants measured.

`32 ha` is no price and no length, and "64 người" does not say that there are 64 machines: a figure that a
small model takes from another thing is told by its unit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal, TypeAlias

from rag.language.names import Number, numbers
from rag.language.normalize import matching_form, nfc, tokens
from rag.language.patterns import compile_vietnamese, is_bare
from rag.language.questions import content_words
from rag.language.twofold import parts_of

Measure: TypeAlias = Literal["money", "length", "area", "weight", "power", "time", "share"]

_UNITS: dict[str, Measure] = {  # of `rag.language.names`; the others measure nothing: "lần", "điểm"
    **dict.fromkeys(["đồng", "usd", "euro", "đô la"], "money"),
    **dict.fromkeys(["km", "m", "mét", "cm"], "length"),
    **dict.fromkeys(["ha", "km2", "m2"], "area"),
    **dict.fromkeys(["kg", "tấn", "tạ"], "weight"),
    **dict.fromkeys(["mw", "kwh"], "power"),
    **dict.fromkeys(["năm", "tháng", "tuần", "ngày", "giờ", "phút", "giây"], "time"),
    "%": "share",
}
_UP_TO_8 = r"(?: [^\s]{1,12}){0,8}"
_ASKED: dict[Measure, str] = {
    "money": (
        r"bao nhiêu (?:tiền|đồng|triệu đồng|tỷ đồng|tỉ đồng|usd|đô la|euro)"
        r"|(?:số tiền|kinh phí|trị giá|(?<!tham\s)(?<!quốc\s)giá(?! đình| nhập| cầm| súc| tộc))"
        rf"{_UP_TO_8} bao nhiêu(?! phần trăm| người)"
    ),
    "length": r"bao nhiêu (?:km|cây số|ki lô mét|mét(?! vuông| khối)|m)|bao xa|(?<!kéo\s)dài bao nhiêu",
    "area": r"bao nhiêu (?:ha|héc ta|hecta|mét vuông|m2|km2)",
    "weight": r"bao nhiêu (?:kg|ki lô|cân|tấn|tạ|yến|gam)|nặng bao nhiêu",
    "power": r"bao nhiêu (?:mw|megawatt|kwh)",
    "time": r"bao lâu|bao xa|dài bao nhiêu|(?:bao nhiêu|mấy) (?:năm|tháng|tuần|ngày|giờ|tiếng|phút|giây)",
    # "Giá tăng bao nhiêu" may be answered so
    "share": r"phần trăm|tỷ lệ|tỉ lệ|tăng|giảm|chiếm(?! đoạt)|bằng",
}
# Syllables that begin what is counted and may stand for one another: people, and what anything is counted in
_PEOPLE_TABLE = """
    người em cháu trẻ ca trường bệnh nạn bị học sinh giáo thầy đại vận cán đảng công lao nhân hành khách du
    lượt hộ gia dân đoàn thành
"""
_ANYTHING_TABLE = "cái chiếc con cây quả bộ căn tấm loại thứ vị suất phần đơn mẫu bản"
_PEOPLE, _ANYTHING = frozenset(_PEOPLE_TABLE.split()), frozenset(_ANYTHING_TABLE.split())
_SPELT = {"mét": "m", "héc": "ha", "hecta": "ha", "cân": "kg", "ki": "kg", "tiếng": "giờ"}


@lru_cache(maxsize=64)  # asked for every sentence that may answer
def measures_asked(question: str) -> frozenset[Measure]:
    """What `question` wants measured; empty where it counts things, or asks for no figure."""
    form = matching_form(nfc(question))
    bare = is_bare(form)

    def asks(pattern: str) -> bool:
        return compile_vietnamese(rf"(?<!\w)(?:{pattern})(?!\w)", bare=bare).search(form) is not None

    wanted = frozenset(measure for measure, pattern in _ASKED.items() if asks(pattern))
    return wanted if wanted != {"share"} else frozenset()


def is_measured_otherwise(text: str, question: str) -> bool:
    """Whether all figures of `text` measure other things than `question` asks for. False where it has none,
    where one only counts, and where two things are asked.
    """
    wanted = measures_asked(question)
    if not wanted or parts_of(question):
        return False
    found = [_UNITS.get(number.unit or "") for number in numbers(text)]
    return bool(found) and all(measure is not None and measure not in wanted for measure in found)


def is_counted_otherwise(sentence: str, quoted: Sequence[str]) -> bool:
    """Whether a figure of `sentence` counts another thing than wherever the quotes have it."""
    said = [(number.value, thing) for text in quoted for number, thing in _things(text)]
    for number, thing in _things(sentence):
        there = [other for value, other in said if value == number.value]
        if thing and there and not any(_could_be(thing, other) for other in there):
            return True
    return False


def _things(text: str) -> Iterator[tuple[Number, tuple[str, ...]]]:
    """Each figure with the two syllables that begin what it counts; without any where a word follows that
    names nothing.
    """
    composed = nfc(text)
    telling = set(content_words(composed))
    for number in numbers(composed):
        unit = tokens(number.unit or "")
        after = composed[number.end :]
        following = tokens(after) if after[:1] == " " else []
        thing = tuple(_SPELT.get(word, word) for word in [*unit, *following][:2])
        yield number, thing if thing and (unit or thing[0] in telling) else ()


def _could_be(thing: tuple[str, ...], other: tuple[str, ...]) -> bool:
    if not other or set(thing) & set(other):
        return True
    return {thing[0], other[0]} <= _PEOPLE or bool({thing[0], other[0]} & _ANYTHING)
