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


_IMPRINT = re.compile(
    r"Cơ quan chủ quản\s*:|(?:Phó )?[Tt]ổng [Bb]iên tập\s*:|Chịu trách nhiệm (?:quản lý )?nội dung\s*:"
    r"|[Gg]iấy phép[^.]{0,60}\d/(?:[\w-]{1,12}-)?GP|Liên hệ quảng cáo|[Gg]hi rõ nguồn|(?<!\S)[©®](?![^\W\d])"
    r"|(?:Cấm|Không|Không được) sao chép|bản quyền thuộc|giữ (?:toàn bộ )?bản quyền"
    r"|[Aa]ll [Rr]ights [Rr]eserved"
)
_IMPRINT_AREA = 1_500  # characters from the end
_IMPRINT_GAP = 400  # between two of its marks, and behind the last


def cut_imprint(draft: Draft) -> Draft:
    """From the first of several words of law on that close a page: who publishes it, by which licence.

    One alone may be what an article is about; and © and ® are letters of TCVN3.
    """
    text = "\n".join(draft.lines)
    cut = end = len(text)
    marks = set()
    for mark in reversed(list(_IMPRINT.finditer(text, max(0, end - _IMPRINT_AREA)))):
        if cut - mark.end() > _IMPRINT_GAP:
            break
        marks.add(mark.group()[:9].lower())
        cut = mark.start()
    lines = tuple(filter(None, (line.rstrip(" -–|·") for line in text[:cut].split("\n"))))
    return replace(draft, lines=lines) if len(marks) > 1 and lines else draft


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
    r"\(?(?:Theo(?! dõi)|(?<=\()theo|Nguồn|Tổng hợp từ|Tham khảo(?=\s*:))\s*:?"
    r"\s*([^.!?:]{2,60}(?:\.\w[^.!?:]{0,20})?)\)?$"
)
_NAME = r"(?:[^\W\d_]\.\s?)*[^\W\d_]+"
_NAMES = re.compile(rf"\(?{_NAME}(?:(?:\s|\s?[-–,/&]\s?|\svà\s){_NAME}){{0,9}}\)?")
_NAME_AND_ORIGIN = re.compile(r"(.{2,40}?)\s?[-–/,]?\s?Theo ([^\W\d_].*)")
_CREDITED = re.compile(  # who helped, perhaps glued to the author's name
    r"(.{0,40}?)(?:(?<=\w)Tổng hợp|(?:Thiết kế|Đồ họa|Đồ hoạ|Trình bày|Kỹ thuật|Thể hiện|Ảnh|Video|Clip"
    r"|Nguồn (?:video|clip|ảnh))\s*:\s*\S.*)"
)
_ENDED = ".!?…:;”\")'/"
_CONTACT = re.compile(r"(?:://|www\.|@)\S+$|(?:\d[\s.)-]{0,2}){7,}$")  # an address or telephone number


def take_byline(draft: Draft) -> Draft:
    """Author and origin in the last lines, each alone in its line or glued to the last finished sentence.

    Becomes `author`, "Name, theo Origin"; an origin is the source when the page names none itself.
    """
    lines = _turned_origin(_part_glued_byline(draft.lines))
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
    if len(lines) == count or not _may_be_followed(lines[-1], count - len(lines), origins):
        return draft
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


def _may_be_followed(line: str, by: int, origins: list[str]) -> bool:
    """Whether so many lines behind this one are a byline: a list may well end in names."""
    return line[-1] in _ENDED or bool(_CONTACT.search(line)) or (bool(origins) and by <= 2)


def _turned_origin(lines: list[str]) -> list[str]:
    """ "Theo Hà Lam" and "Báo Đồng Lâm" below it as "Hà Lam" and "Theo Báo Đồng Lâm"."""
    if len(lines) < 3:
        return lines
    name, paper = lines[-2].removeprefix("Theo "), lines[-1]
    short = len(paper) <= 40 and len(paper.split()) <= 6 and paper[0].isupper() and paper[-1].isalnum()
    if name == lines[-2] or not short or not is_name(name) or _read_byline(paper)[1]:
        return lines
    return [*lines[:-2], name, f"Theo {paper}"]


def _part_glued_byline(lines: tuple[str, ...]) -> list[str]:
    """Exports that lose line breaks end in "… đang điều tra. Huy Phạm": the name gets a line of its own."""
    if not lines:
        return []
    offset = max(0, len(lines[-1]) - 300)
    last = split_sentences(lines[-1][offset:])[-1]
    start = offset + last.start
    if start == 0 or not any(_read_byline(lines[-1][start:])):
        return list(lines)
    return [*lines[:-1], lines[-1][:start].rstrip(), lines[-1][start:]]


def _read_byline(line: str) -> tuple[str | None, str | None]:
    """(names, origin) of a line that holds nothing else; no name is "" where only helpers are credited."""
    if len(line) > 80:
        return None, None
    credited = _CREDITED.fullmatch(line)
    if credited is not None and (not credited.group(1) or is_name(credited.group(1))):
        return credited.group(1), None
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
