"""What a question puts in quotation marks: phrases that must be found as they are."""

from __future__ import annotations

import re

from rag.language.normalize import WORD, nfc

_MOST = 5  # phrases; more are no question
_QUOTED = re.compile(r"“([^“”\n]{1,200})”|«([^«»\n]{1,200})»|(?<!\w)\"([^\"\n]{1,200})\"(?!\w)")


def quotations(question: str) -> tuple[str, ...]:
    """The texts between “…”, «…» or "…" that have a word or number in them, in reading order, NFC.

    A mark that no other closes, and inches (`55" và 65"`), quote nothing.
    """
    found = (next(filter(None, match.groups())).strip() for match in _QUOTED.finditer(nfc(question)))
    return tuple(dict.fromkeys(phrase for phrase in found if WORD.search(phrase)))[:_MOST]
