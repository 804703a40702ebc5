"""Text → sentences, as spans. Rules for Vietnamese news, one pass, linear in the length of the text.

A line break ends a sentence unless the next line clearly goes on with it. Within a line a full stop,
`?`, `!` or `…` ends one only when a new one follows: abbreviations, initials, numbers, dates, host names
and list numbers keep their stops. Semicolons and colons never end a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """Character offsets, end exclusive."""

    start: int
    end: int


# "./." closes official documents.
_STOP = re.compile(r"\./\.|[.!?…]+")
_VISIBLE = re.compile(r"\S")
_CLOSERS = "”’»)]}\"'"
_DASHES = "-–—"
_OPENERS = "“‘«([{\"'"
_LETTER = r"[^\W\d_]"

# A list mark at the beginning of a line or sentence, and the first words of a numbered heading:
# their stop belongs to the number.
_LIST_MARK = re.compile(
    r"[\s“\"(]*(?:(?:Điều|Chương|Mục|Phần|Bài|Khoản|Câu|Bước|Kỳ|Tập|Đợt|Vòng)\s+)?"
    rf"(?:\d{{1,2}}(?:\.\d{{1,2}}){{0,3}}|[IVX]{{1,5}}|{_LETTER})\Z"
)
_NEW_LIST_LINE = re.compile(rf"[-–—•*+●▪◦·]|(?:\d{{1,3}}|{_LETTER})[.)](?:\s|$)")


def _words(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


# Titles and places that stand before a name, compared in lower case: never the end of a sentence.
_BEFORE_A_NAME = _words(
    "gs pgs ts tskh ths th.s bs bscki bsckii bsnt cki ckii ks kts ls cn nsnd nsưt nsut ngnd ngưt",
    "đ/c đc ông/bà tp tx tt mr mrs ms dr prof st lm hlv",
)
# Words that stand before a number: `tr. 5`, `No. 1`.
_BEFORE_A_NUMBER = _words("tr trg t no nr vol sđt đt tel fax ss đk art fig")
# Company endings: the stop belongs to the abbreviation unless a sentence clearly starts after it.
_AFTER_A_NAME = _words("co ltd inc corp jr sr vs etc")
_HOSTS = _words("net com vn org js info edu gov tv asia io")

# A single capital after one of these is a class, a vitamin, a quarter …, not the initial of a name.
_CLASSES = _words(
    "vitamin bảng nhóm loại hạng gan cúm điểm khu lô tòa toà khối lớp đội án mục cấp serie quý khóa khoá",
    "thứ kỳ kì độ phần chương nhà sân cánh giải type virus viêm vùng phẩm",
)
# First syllables that begin sentences far more often than names: they decide after initials, "bà T. Theo …".
_STARTERS = _words(
    "Theo Tại Trong Ngày Sau Khi Đến Tuy Do Vì Hiện Qua Từ Ông Bà Anh Chị Em Cháu Cô Các Những Một Hai Ba",
    "Đây Đó Điều Việc Nhưng Trước Trên Với Để Được Bên Cùng Ngoài Nếu Mặc Nhà Lúc Sáng Trưa Chiều Tối Đêm",
    "Năm Tháng Tuần Cũng Vụ Bị Cơ Công Cảnh Tòa Toà Viện Thời Đồng Riêng Còn Mỗi Mọi Nhiều Không Chưa Đã",
    "Đang Sẽ Rồi Thế Vậy Vào Về Ở Đối Bởi Nhờ Người Hội Đoàn Đội Bộ Sở Ban Ủy Uỷ Chính Quốc Đại Kết Thông",
    "Tuyến Dự Chương Tổng Cuối Đầu Giữa Hôm Nay Tiếp Dù Mới Chỉ Có Là Và Hoặc Toàn Tất Nạn Gia Lực Phía",
    "Ngay Vừa Phát Bệnh Bác Chúng Tôi Họ Nó Kể Tính Trận Đặc Nhận Như Song Thực Quá Hơn Gần Khoảng",
)

_CONTEXT = 64  # characters looked at before a stop; longer "words" are addresses or noise


def split_sentences(text: str) -> list[Span]:
    """Trimmed spans in reading order that cover every character that is not white space.

    No span crosses a blank line.
    """
    spans: list[Span] = []
    for start, end in _lines(text):
        cut = start
        for boundary in _boundaries(text, start, end):
            _append_trimmed(spans, text, cut, boundary)
            cut = boundary
        _append_trimmed(spans, text, cut, end)
    return spans


def _append_trimmed(spans: list[Span], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    if left < len(piece):
        spans.append(Span(start + left, start + len(piece.rstrip())))


def _lines(text: str) -> Iterator[tuple[int, int]]:
    """Lines, those joined that are one sentence broken by a lone line break."""
    start = position = 0
    for line in text.splitlines(keepends=True):
        end = position + len(line)
        if not _goes_on(text, start, end):
            yield start, end
            start = end
        position = end
    if start < len(text):
        yield start, len(text)


def _goes_on(text: str, start: int, end: int) -> bool:
    """Whether the sentence goes on after `end`: nothing closes this line, the next starts in lower case."""
    before = text[max(start, end - _CONTEXT) : end].rstrip()
    following = text[end : end + _CONTEXT]
    return (
        bool(before)
        and before[-1] not in ".!?…;:" + _CLOSERS
        and following[:1].islower()
        and not _NEW_LIST_LINE.match(following)
    )


def _boundaries(text: str, start: int, end: int) -> Iterator[int]:
    """Where sentences end inside one line (its own end left out)."""
    sentence = start  # start of the current sentence
    counted, quotes = start, 0  # straight quotation marks seen, to tell an opening one from a closing one
    for match in _STOP.finditer(text, start, end):
        if match.start() < sentence:
            continue
        quotes += text.count('"', counted, match.start())
        counted = match.start()
        after = _skip_closers(text, match.end(), end, quote_is_open=quotes % 2 == 1)
        visible = _VISIBLE.search(text, after, end)
        if visible is not None and _ends_sentence(text, sentence, match, after, visible.start()):
            yield after
            sentence = after


def _skip_closers(text: str, position: int, end: int, *, quote_is_open: bool) -> int:
    """The position after the quotation marks and brackets that close right behind a stop."""
    while position < end and text[position] in _CLOSERS:
        glued = position + 1 < end and text[position + 1].isalnum()
        if text[position] in "\"'" and glued and not quote_is_open:
            break  # `nay."Khi …`: the mark opens the next sentence
        position += 1
    return position


def _ends_sentence(text: str, sentence: int, stop: re.Match[str], after: int, visible: int) -> bool:
    """Whether the stop, closed at `after`, ends the sentence; the next character shown is at `visible`."""
    following = text[visible : visible + _CONTEXT]
    closed = after > stop.end()
    if closed and text[max(sentence, stop.start() - 1) : stop.start()] in {"(", "["}:
        return False  # "(…)" marks an omission
    word = _word_before(text, sentence, stop.start())
    if visible == after:
        return _ends_glued(word, stop.group(), following, closed=closed)
    if closed and following[0] in _DASHES:
        return False  # `"Thật không?" - Nam hỏi`: the speaker is still part of it
    first = following.lstrip(_OPENERS + _DASHES + "….)] ")[:1]
    if stop.group() != "." or closed:
        return first.isupper() or first.isdigit()
    if _keeps_its_stop(text, sentence, stop.start(), word, following):
        return False
    # A sentence may wrongly (or, like "iPhone", rightly) start in lower case: certain only after a syllable
    # with an accent, since no abbreviation looks like that.
    return first.isupper() or first.isdigit() or (first.islower() and _is_accented_syllable(word))


def _word_before(text: str, sentence: int, stop: int) -> str:
    """The characters between the last white space or opening mark and the stop."""
    chunk = text[max(sentence, stop - _CONTEXT) : stop]
    if not chunk or chunk[-1].isspace():
        return ""
    return chunk.split()[-1].lstrip(_OPENERS)


def _keeps_its_stop(text: str, sentence: int, stop: int, word: str, following: str) -> bool:
    """Whether the word before a single "." owns it: a list number, an abbreviation, an initial."""
    if stop - sentence <= _CONTEXT and _LIST_MARK.match(text[sentence:stop]):
        return True
    last = word.rpartition(".")[2]
    if last.lower() in _BEFORE_A_NAME or word.lower() in _BEFORE_A_NAME:
        return True
    next_word = following.lstrip(_OPENERS)
    before_number = next_word[:1].isdigit()
    if before_number and last.lower() in _BEFORE_A_NUMBER:
        return True
    starts = re.split(r"\W", next_word, maxsplit=1)[0] in _STARTERS
    if len(last) == 1 and last.isupper():  # H.Đ.T., V. Putin, bà T., "quý I. 2021"
        return before_number or not (starts or _names_a_class(text, sentence, stop - len(word)))
    return last.lower() in _AFTER_A_NAME and not starts


def _names_a_class(text: str, sentence: int, position: int) -> bool:
    """Whether the word before `position` makes the capital after it a class: "vitamin C", "bảng A"."""
    before = text[max(sentence, position - _CONTEXT) : position].split()
    return bool(before) and before[-1].lower() in _CLASSES


def _ends_glued(word: str, stop: str, following: str, *, closed: bool) -> bool:
    """Whether a stop with no white space behind it ("… Singapore.Hôm 18/2 …") ends a sentence."""
    opening = following.lstrip(_OPENERS)
    next_word = re.split(r"\W", opening, maxsplit=1)[0]
    if not (opening[:1].isupper() and opening[1:2].islower()) or next_word.lower() in _HOSTS:
        return False
    if any(mark in word for mark in "/@=&") or word.startswith("www."):
        return False
    if stop != "." or closed:
        return True
    last = word.rpartition(".")[2]
    if {last.lower(), word.lower()} & (_BEFORE_A_NAME | _BEFORE_A_NUMBER | _AFTER_A_NAME):
        return False
    return len(last) > 1 and (last[-1].islower() or last[-1].isdigit() or last[-1] in "%" + _CLOSERS)


def _is_accented_syllable(word: str) -> bool:
    return len(word) > 1 and word.isalpha() and word.islower() and not word.isascii()
