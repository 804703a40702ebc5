"""Names and numbers in Vietnamese text, by their spelling alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.language.date_mentions import dates_in, hide_codes
from rag.language.normalize import matching_form, nfc, words
from rag.language.syllables import could_be_syllable

# ── Names ─────────────────────────────────────────────────────────────────────────────────────────

SURNAMES = frozenset(
    [
        *(
            "nguyễn",
            "trần",
            "lê",
            "phạm",
            "hoàng",
            "huỳnh",
            "phan",
            "vũ",
            "võ",
            "đặng",
            "bùi",
            "đỗ",
            "hồ",
            "ngô",
        ),
        *(
            "dương",
            "lý",
            "đào",
            "đoàn",
            "vương",
            "trịnh",
            "trương",
            "đinh",
            "lâm",
            "phùng",
            "mai",
            "tô",
            "hà",
        ),
        *("tạ", "thái", "lương", "châu", "cao", "quách", "chu", "la", "lưu", "kiều", "mạc", "triệu", "quan"),
        *(
            "thạch",
            "tống",
            "nghiêm",
            "khổng",
            "giang",
            "bạch",
            "văn",
            "cù",
            "tăng",
            "hứa",
            "ông",
            "doãn",
            "ma",
        ),
        *(
            "lò",
            "vi",
            "vàng",
            "sùng",
            "giàng",
            "chẩu",
            "quàng",
            "lường",
            "cầm",
            "điểu",
            "nông",
            "hoa",
            "nhữ",
            "phó",
            "âu",
            "từ",
            "lục",
            "thân",
            "viên",
            "ninh",
            "đàm",
        ),
    ]
)
_TITLES = frozenset(["ông", "bà", "anh", "chị", "cô", "chú", "bác", "em", "cụ", "ngài"])
_OPENER_TABLE = """
    ai theo tại ở từ trong ngoài khi sau trước và nhưng với cho của các những một hai vì do để nếu tuy về đến
    tới vào ngày tháng năm sáng trưa chiều tối đêm hôm hiện hãy có không vậy thì là đây đó này cả mỗi nhiều
    cùng nhờ bởi ngay đã đang sẽ được bị như giữa dưới trên cũng còn sao gì nào bao mấy liệu tỉnh huyện xã
    phường quận nước người báo nhóm trường công đội thành phố
"""
_OPENERS = frozenset(_OPENER_TABLE.split())  # begin a sentence with a capital, no part of the name after them
_ONE_SYLLABLE = frozenset(["Mỹ", "Nga", "Pháp", "Đức", "Anh", "Ý", "Áo", "Bỉ", "Huế", "Vinh", "Lào", "Đảng"])
_TAILS = frozenset(  # second halves that are written small: Quốc hội, Ban Chấp hành
    [
        *(("Quốc", "hội"), ("Chính", "phủ"), ("Trung", "ương"), ("Chấp", "hành"), ("Thường", "vụ")),
        *(("Chính", "trị"), ("Tỉnh", "ủy"), ("Thành", "ủy"), ("Huyện", "ủy"), ("Tổ", "quốc"), ("Bí", "thư")),
        *(("Cộng", "sản"), ("Chỉ", "đạo"), ("Tổ", "chức"), ("Đảng", "bộ")),
    ]
)
_ROMAN = re.compile(r"[IVXLC]+")
_NAME_WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)?")
_SENTENCE_END = re.compile(r"[.!?…:;\n\"“”]")


@dataclass(frozen=True, slots=True)
class Name:
    """A run of capitalised words, an acronym or a foreign word with a capital; offsets into the NFC text."""

    text: str
    start: int
    end: int

    @property
    def person(self) -> str | None:
        """Two to four capitalised syllables beginning with a Vietnamese surname; behind an office, three.

        `Tỉnh ủy Đoàn Công Lựu` has one, `Tỉnh ủy Lâm Đồng` is a place's.
        """
        syllables = self.text.split()
        office = max((n for n, word in enumerate(syllables, start=1) if word[0].islower()), default=0)
        called = syllables[office:]
        least = 3 if office else 2
        if least <= len(called) <= 4 and matching_form(called[0]) in SURNAMES:
            return " ".join(called)
        return None

    @property
    def is_person(self) -> bool:
        """Whether it has a person's name."""
        return self.person is not None


def _is_acronym(word: str) -> bool:
    return len(word) > 1 and word.isupper() and not could_be_syllable(word)


def names(text: str) -> list[Name]:
    """The names in `text`: `UBND`, `Hà Nội`, `Lê Thị Kim Dung`, `Vinamilk`, `Quốc hội`.

    A single Vietnamese syllable with a capital (`Chủ` tịch) is not one, save a few countries and cities, nor
    is an ordinary word that only opens its sentence.
    """
    composed = nfc(text)
    runs: list[list[re.Match[str]]] = []
    end = -1
    previous: re.Match[str] | None = None
    for match in _NAME_WORD.finditer(composed):
        word = match.group()
        between = composed[end : match.start()] if previous else "\n"
        opens = previous is None or bool(_SENTENCE_END.search(between))
        joined = bool(runs) and previous is not None and runs[-1][-1] is previous and between == " "
        previous, end = match, match.end()
        is_title = word.lower() in _TITLES and not joined  # "Anh Tú", but "Phạm Hoàng Anh"
        if joined and (runs[-1][-1].group(), word) in _TAILS:
            runs[-1].append(match)
        elif not word[0].isupper() or (opens and word.lower() in _OPENERS) or is_title:
            continue
        elif joined and not _is_acronym(word) and not _is_acronym(runs[-1][-1].group()):
            runs[-1].append(match)
        else:
            runs.append([match])
    return [
        Name(composed[run[0].start() : run[-1].end()], run[0].start(), run[-1].end())
        for run in runs
        if (len(run) > 1 and not _is_quarter(run)) or _stands_alone(run[0].group())
    ]


def _is_quarter(run: Sequence[re.Match[str]]) -> bool:
    """`Quý I` at the beginning of a sentence; `Vũ Quý` is somebody."""
    quarter, *rest = (word.group() for word in run)
    return quarter.lower() == "quý" and len(rest) == 1 and _ROMAN.fullmatch(rest[0]) is not None


def _stands_alone(word: str) -> bool:
    if len(word) < 2 or _ROMAN.fullmatch(word):
        return False
    return word.isupper() or word in _ONE_SYLLABLE or not could_be_syllable(word)


def pieces(name: Name) -> Iterator[Name]:
    """`Bí thư Tỉnh ủy Lam Giang` is three: the place may be found without the office."""
    start, small = 0, False
    for word in words(name.text):
        if small and name.text[word.start].isupper():
            yield Name(name.text[start : word.start - 1], name.start + start, name.start + word.start - 1)
            start = word.start
        small = name.text[word.start].islower()
    yield Name(name.text[start:], name.start + start, name.end)


# ── Numbers ───────────────────────────────────────────────────────────────────────────────────────

_SCALES = {"trăm": 1e2, "nghìn": 1e3, "ngàn": 1e3, "triệu": 1e6, "tỷ": 1e9, "tỉ": 1e9}
_UNITS = (
    "đồng|usd|euro|đô la|người|ca|trường hợp|hộ|đại biểu|học sinh|sinh viên|giáo viên|bệnh nhân|cán bộ|"
    "đảng viên|doanh nghiệp|dự án|công trình|nghị quyết|đề án|quy định|xã|huyện|tỉnh|phường|thôn|nước|"
    "quốc gia|ha|km2|km|m2|m3|mét|m|cm|kg|tấn|tạ|lít|mw|kwh|tuổi|năm|tháng|tuần|ngày|giờ|phút|giây|lần|"
    "điểm|bàn|trận|độ|chiếc|xe|vụ|căn|suất|giải|huy chương|liều|mũi|tàu|máy bay|km/h"
)
_NUMBER = re.compile(
    r"(?<![\w#])(?<!\d[.,:/-])(?P<digits>\d{1,3}(?:\.\d{3})+(?!\d)|\d{1,15})"
    r"(?:[.,](?P<decimals>\d{1,6}))?(?![\w#]|[.,:/-]\d)"
    r"(?P<scales>(?: (?:trăm|nghìn|ngàn|triệu|tỷ|tỉ)(?!\w)){0,2})"
    rf"(?: ?(?P<percent>%|phần trăm(?!\w)|điểm phần trăm(?!\w))| (?P<unit>{_UNITS})(?!\w))?"
)


@dataclass(frozen=True, slots=True)
class Number:
    """A quantity; `unit` is `%`, a counted noun or None. Offsets into the NFC text, unit included."""

    value: float
    unit: str | None
    raw: str
    start: int
    end: int


def numbers(text: str) -> list[Number]:
    """The quantities of `text`, Vietnamese style: `2.100` is 2100, `16,8%` is 16.8 percent, `1,2 tỷ` 1.2e9.

    Dates, numbers of documents and numbers written in words are left out.
    """
    composed = nfc(text)
    hidden = list(hide_codes(composed))
    for mention in dates_in(composed):
        hidden[mention.start : mention.end] = "#" * (mention.end - mention.start)
    found = []
    for match in _NUMBER.finditer(matching_form("".join(hidden))):
        value = float(f"{match['digits'].replace('.', '')}.{match['decimals'] or '0'}")
        for scale in match["scales"].split():
            value = round(value * _SCALES[scale], 6)
        unit = "%" if match["percent"] else match["unit"]
        found.append(Number(value, unit, composed[match.start() : match.end()], match.start(), match.end()))
    return found


def is_list(text: str) -> bool:
    """Whether three or more things stand side by side: two commas close together, or `;`."""
    commas = [m.start() for m in re.finditer(r"[,;]", text)]
    return any(right - left < 60 for left, right in pairwise(commas))
