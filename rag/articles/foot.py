"""The foot of a page: lists of other articles, buttons, tags, the byline."""

from __future__ import annotations

import re
from dataclasses import replace

from rag.articles.captions import BYLINE_LABEL
from rag.articles.draft import Draft, host_of, squash
from rag.language.sentences import split_sentences

_MARKS = (
    "Phản hồi|Các tin khác|Tin khác|Các bài khác|Mới nhất|Tin mới nhất|Tin mới|Xem nhiều nhất|Xem nhiều|"
    "Đọc nhiều nhất|Đọc nhiều|Tin đọc nhiều|Tin cùng chuyên mục|Cùng chuyên mục|Bài cùng chuyên mục|"
    "Các tin đã đưa ngày|Các tin đã đưa|Tin đã đưa|Các tin cũ hơn|Các tin mới hơn|Tin mới hơn|Tin cũ hơn|"
    "Tin liên quan|Bài liên quan|Bài viết liên quan|Tin bài liên quan|Các tin liên quan|Chia sẻ|"
    "Chia sẻ bài viết|Bình luận|Ý kiến bạn đọc|Ý kiến của bạn|Gửi bình luận|Viết bình luận|In bài viết|"
    "In bài|Gửi bài viết|In trang|Về trang chủ|Về đầu trang|Trở về|Quay lại|Có thể bạn quan tâm|Từ khóa|"
    "Từ khoá|Tags|Tag|Facebook|Twitter|Zalo|Email|Lưu bài viết|Đánh giá bài viết"
)
FOOT_MARKS = frozenset(map(squash, _MARKS.split("|")))
COMMENT_MARKS = frozenset(
    map(squash, ("Ý kiến bạn đọc", "Ý kiến của bạn", "Gửi bình luận", "Viết bình luận"))
)
_TAG_LINE = re.compile(r"(?:Tags?|Từ khóa|Từ khoá|Chủ đề)\s*:", re.IGNORECASE)


def cut_foot(draft: Draft) -> Draft:
    """From the first mark of the page's foot on, unless prose follows: then it was a subheading.

    Readers' comments are prose, and not the article's: their marks cut whatever follows.
    """
    for position, line in enumerate(draft.lines[1:], start=1):
        if squash(line) in COMMENT_MARKS:
            draft = replace(draft, lines=draft.lines[:position])
            break
    for position in range(len(draft.lines) - 1, 0, -1):
        if _is_prose(draft.lines[position]):
            start = position + 1
            break
    else:
        start = 1
    for position in range(start, len(draft.lines)):
        line = draft.lines[position]
        if squash(line) in FOOT_MARKS or _TAG_LINE.match(line):
            return replace(draft, lines=draft.lines[:position])
    return draft


_PROMOTION = re.compile(
    r"(?:Mời|Kính mời|Hãy|Nhấn|Bấm|Đăng ký|Theo dõi|Độc giả|Bạn đọc|Quý độc giả|Quý bạn đọc)\b"
    r"(?=.*(?:độc giả|bạn đọc|chúng tôi|nhận bản tin|tại đây))"
    r".*\b(?:Google News|YouTube|Facebook|fanpage|Zalo|TikTok|bản tin|newsletter)\b",
    re.IGNORECASE,
)
_LONGEST_PROMOTION = 200  # characters


def drop_promotions(draft: Draft) -> Draft:
    """Lines in which the paper asks to be followed elsewhere; unless there is nothing else."""
    kept = tuple(line for line in draft.lines if len(line) > _LONGEST_PROMOTION or not _PROMOTION.match(line))
    return replace(draft, lines=kept) if kept else draft


def _is_prose(line: str) -> bool:
    """Whether the line ends like a sentence; headlines may end in an ellipsis or a quotation mark."""
    if _TAG_LINE.match(line):
        return False
    return len(line) >= (20 if line[-1] == "." and not line.endswith("...") else 60) and line[-1] in '.…”"'


_ORIGIN = re.compile(
    r"\(?(?:Theo(?! dõi)|(?<=\()theo|Nguồn)\s*:?\s*([^.!?:]{2,60}(?:\.\w[^.!?:]{0,20})?)\)?$"
)
_NAME = r"(?:[^\W\d_]\.)*[^\W\d_]+"
_NAMES = re.compile(rf"\(?{_NAME}(?:(?:\s|\s?[-–,/&]\s?|\svà\s){_NAME}){{0,9}}\)?")
_NAME_AND_ORIGIN = re.compile(r"(.{2,40}?)\s?[-–/,]?\s?Theo ([^\W\d_].*)")


def take_byline(draft: Draft) -> Draft:
    """Author and origin in the last lines, each alone in its line or glued to the last finished sentence.

    Becomes `author`, "Name, theo Origin"; an origin is the source when the page names none itself.
    """
    lines = _part_glued_byline(draft.lines)
    count = len(lines)
    names: list[str] = []
    origins: list[str] = []
    while len(lines) > 1 and count - len(lines) < 3:
        name, origin = _read_byline(lines[-1])
        if name is None and origin is None:
            break
        names = [name, *names] if name else names
        origins = [origin, *origins] if origin else origins
        lines.pop()
    if len(lines) == count or lines[-1][-1] not in ".!?…:;”\")'/":
        return draft  # a list may well end in a name
    source = draft.source or host_of(draft.url) or None
    parts = [draft.author] if draft.author else []
    parts += [name for name in names if name not in (draft.author or "")]
    if source is None and origins:
        source = ", ".join(origins)
    else:
        parts += [f"theo {origin}" for origin in origins]
    author = ", ".join(parts)
    author = author[:1].upper() + author[1:] if author.startswith("theo ") else author
    return replace(draft, lines=tuple(lines), author=author or None, source=source)


def _part_glued_byline(lines: tuple[str, ...]) -> list[str]:
    """Exports that lose line breaks end in "… đang điều tra. Huy Phạm": the name gets a line of its own."""
    if not lines:
        return []
    offset = max(0, len(lines[-1]) - 300)
    last = split_sentences(lines[-1][offset:])[-1]
    start = offset + last.start
    if start == 0 or _read_byline(lines[-1][start:]) == (None, None):
        return list(lines)
    return [*lines[:-1], lines[-1][:start].rstrip(), lines[-1][start:]]


def _read_byline(line: str) -> tuple[str | None, str | None]:
    """(names, origin) of a line that holds nothing else."""
    if len(line) > 80:
        return None, None
    label = BYLINE_LABEL.match(line)
    if label is not None:
        return line[label.end() :].strip() or None, None
    both = _NAME_AND_ORIGIN.fullmatch(line)
    if both is not None and is_name(both.group(1)):
        return both.group(1), both.group(2)
    origin = _ORIGIN.match(line)
    if origin is not None and len(line.split()) <= 10:
        name = origin.group(1).strip(" -–")
        return None, name if name.count("(") == name.count(")") else name.rstrip(")")
    return (line.strip("() "), None) if is_name(line) else (None, None)


def is_name(line: str) -> bool:
    """ "Tài Tùng", "Võ Hải - Gia Chính", "H.Long", "PV", "TTXVN", "Tổng hợp"."""
    if squash(line) == "tổnghợp":
        return True
    if len(line) > 60 or not _NAMES.fullmatch(line):
        return False
    if any(len(name.split()) > 5 for name in re.split(r"[,/&–-]|\bvà\b", line)):
        return False  # no person: the licence of the site, a slogan
    parts = [part for part in re.split(r"[\s,/&()–-]+", line) if part and part != "và"]
    return all(part[0].isupper() for part in parts) and (len(parts) > 1 or line.isupper() or "." in line)
