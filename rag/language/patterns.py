"""Regular expressions for Vietnamese that also read text typed without accents."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from rag.language.accents import accented_share
from rag.language.normalize import fold


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
    """Whether so few words carry accents that "nam" has to be read as "năm"."""
    share = accented_share(text)
    return share is not None and share < 0.3
