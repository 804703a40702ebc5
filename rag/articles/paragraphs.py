"""Lines of a plain text → paragraphs."""

from __future__ import annotations

import re

_RELATED = re.compile(r">{2,}|»")
_RELATED_LABEL = re.compile(r"(?:>\s?)?(?:Xem thêm|Đọc thêm|Mời xem thêm|Tin liên quan)\s?:", re.IGNORECASE)
_LIST_ITEM = re.compile(r"(?:[-–—•*+]|\d{1,3}[.)]|[^\W\d_][.)])\s")
_CLOSED = '.!?…;:”")'
_SHORTEST_BROKEN = 40  # characters: shorter lines are a list, a verse, a name
_WRAPPED = range(50, 121)  # widths at which programs and mails wrap lines


def paragraphs(text: str) -> tuple[str, ...]:
    """The paragraphs of `text`, trimmed, in order, without links to related articles.

    Every line is one, unless it is the rest of a sentence or of a hard-wrapped block.
    """
    found: list[str] = []
    for block in _blocks(_without_related_links(text.split("\n"))):
        found += [" ".join(block)] if _is_wrapped(block) else _join_broken(block)
    return tuple(found)


def _without_related_links(lines: list[str]) -> list[str]:
    """Without ">>> Headline" lines; a lone ">>>" takes the indented line below it along."""
    kept: list[str] = []
    lone = False
    for line in lines:
        words = line.strip()
        related = _RELATED.match(words)
        if related is not None or _RELATED_LABEL.match(words):
            lone = related is not None and related.end() == len(words)
            kept.append("")
        elif lone and words and line[0].isspace():
            lone = False
        else:
            lone = lone and not words
            kept.append(line)
    return kept


def _blocks(lines: list[str]) -> list[list[str]]:
    """Runs of lines between blank ones, trimmed."""
    blocks: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            blocks[-1].append(line.strip())
        elif blocks[-1]:
            blocks.append([])
    return [block for block in blocks if block]


def _is_wrapped(block: list[str]) -> bool:
    """Whether the lines were broken to a width: alike in length, most of them starting in mid-sentence."""
    going_on = sum(line[0].islower() for line in block[1:])
    return (
        len(block) >= 3
        and all(len(line) in _WRAPPED for line in block[:-1])
        and 2 * going_on > len(block) - 1
    )


def _join_broken(block: list[str]) -> list[str]:
    """A line that starts in lower case after an unfinished one is the rest of its sentence."""
    joined = [block[:1]]  # the parts of each: a text that grows by one part at a time is copied every time
    for line in block[1:]:
        parts = joined[-1]
        broken = (len(parts) > 1 or len(parts[0]) >= _SHORTEST_BROKEN) and parts[-1][-1] not in _CLOSED
        if broken and line[0].islower() and " " in line and not _LIST_ITEM.match(line):
            parts.append(line)
        else:
            joined.append([line])
    return [" ".join(parts) for parts in joined]
