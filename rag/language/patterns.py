"""Regular expressions for Vietnamese that also read text typed without accents."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from rag.language.normalize import fold

_FEW_ACCENTS = 0.06


def any_of(patterns: Mapping[str, str]) -> str:
    """One pattern with a named group for each; `match.lastgroup` tells which one it was."""
    return "|".join(f"(?P<{name}>{pattern})" for name, pattern in patterns.items())


@cache
def compile_vietnamese(pattern: str, *, bare: bool) -> re.Pattern[str]:
    """The pattern for matching forms; with `bare` accents are optional. A blank matches one or two blanks."""
    if bare:
        pattern = "".join(f"[{c}{fold(c)}]" if fold(c) != c else c for c in pattern)
    return re.compile(pattern.replace(" ", r"[ \u00a0]{1,2}").replace("[ \\u00a0]{1,2}?", r"[ \u00a0]?"))


def is_bare(text: str) -> bool:
    """Whether so few letters carry accents that "nam" has to be read as "năm"; about a fifth usually do."""
    return len(text) - len(text.encode("ascii", "ignore")) < _FEW_ACCENTS * len(text)


_NAMES_IN_NAM = re.compile(r"(?:^|\W)(?:viet|quang|ha|mien|phia|dong|tay|phuong|hoai|dai|an|cong hoa) $")


def is_name_in_nam(form: str, start: int) -> bool:
    """Whether the bare "nam" at `start` ends a name (`viet nam nay`), so that it is no "năm"."""
    before = fold(form[max(0, start - 12) : start])
    return form.startswith("nam", start) and _NAMES_IN_NAM.search(before) is not None
