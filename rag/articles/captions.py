"""Captions in the body: which ones go."""

from __future__ import annotations

import re
from dataclasses import replace

from rag.articles.draft import Draft, squash
from rag.language.sentences import split_sentences

_LONGEST_CAPTION = 300  # characters
_LONGEST_REPEAT = 6  # sentences
_SHORTEST_REPEAT = 40  # letters: shorter ones are called out twice
# "Bài, ảnh: …" names the author, not only the photographer.
BYLINE_LABEL = re.compile(
    r"(?:Tin|Bài|Bài viết|Tin, bài|Thực hiện|Tác giả|Người viết)\s*(?:(?:và|,|-)\s*[Ảả]nh\s*)?:\s*"
)
_PHOTO_CREDIT = re.compile(
    r"(?:^|[\s.(\[–-])(?:Ảnh|Nguồn ảnh|Video|Clip|Đồ họa|Đồ hoạ|Hình ảnh|Infographic)(?:\s[\w ]{2,20})?"
    r"\s*:\s*[^:!?]{1,60}$"
    r"|\(\s*[Ảả]nh(?:[\s:][^()]{1,60})?\)\.?$"
    r"|(?:^|[.\s])Ảnh (?:minh họa|minh hoạ|tư liệu|internet|chụp màn hình)\.?$",
)


def drop_captions(draft: Draft) -> Draft:
    """Lines of one sentence with a photo credit. A photo story lives in its captions, so there they stay."""
    captions = {line for line in draft.lines if _is_caption(line)}
    kept = tuple(line for line in draft.lines if line not in captions)
    if 2 * sum(map(len, kept)) < sum(map(len, draft.lines)):
        return draft
    return replace(draft, lines=kept)


def _is_caption(line: str) -> bool:
    """Whether the line is a short caption; one of several sentences tells a part of the story."""
    if len(line) > _LONGEST_CAPTION or BYLINE_LABEL.match(line):
        return False
    credit = _PHOTO_CREDIT.search(line)
    return credit is not None and len(split_sentences(line[: credit.start()])) <= 1


def drop_adjacent_repeats(draft: Draft) -> Draft:
    """A caption stands twice in a row on many sites; the copy that ends in a full stop stays."""
    kept: list[str] = []
    for line in draft.lines:
        if kept and squash(line) == squash(kept[-1]) != "":
            if line[-1] in ".!?…" and kept[-1][-1] not in ".!?…":
                kept[-1] = line
        else:
            kept.append(line)
    return replace(draft, lines=tuple(kept))


def drop_repeated_sentences(draft: Draft) -> Draft:
    """The same in an export that lost its line breaks: sentences that stand twice in a row stand once."""
    return replace(draft, lines=tuple(map(_said_once, draft.lines)))


def _said_once(line: str) -> str:
    spans = split_sentences(line) if len(line) > 2 * _SHORTEST_REPEAT else []
    keys = [squash(line[span.start : span.end]) for span in spans]
    kept, position, cut = "", 0, 0  # `cut` is where what is not yet kept begins
    while position < len(keys):
        count = _repeated(keys, position)
        if count:
            again = spans[position + count].start
            kept += line[cut:again]
            cut = spans[position + 2 * count - 1].end
            while cut < len(line) and line[cut].isspace():
                cut += 1
        position += max(1, 2 * count)
    return (kept + line[cut:]).rstrip()


def _repeated(keys: list[str], position: int) -> int:
    """How many sentences from `position` on are said again right after themselves; 0 when none are."""
    for count in range(1, _LONGEST_REPEAT + 1):
        run, again = (keys[start : start + count] for start in (position, position + count))
        if run == again and sum(map(len, run)) >= _SHORTEST_REPEAT:
            return count
    return 0
