"""Text in encodings from before Unicode (TCVN3, VNI, VISCII, VPS, VIQR), or decoded wrongly → Unicode.

Such text is full of letters that no Vietnamese syllable has ("Tæng bÝ th­"). It is repaired where one reading
turns nearly all of its words into syllables, paragraph by paragraph; where a reading does so only for most of
them, it is left as it is and said to be doubtful. The tables are those of viparse.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from rag.articles.draft import RawArticle
from rag.language.normalize import nfc
from rag.language.syllables import is_syllable

_WORDED = ("title", "lead", "body", "source", "category", "author")  # fields of an article
_TABLES = ("tcvn3", "vni", "viscii", "vps")
_FEWEST = 12  # words with a letter beyond ASCII: fewer prove nothing
_WRONG = 0.6  # of those words are syllables: more, and the text is right as it is
_CERTAIN = 0.9
_DOUBTFUL = 0.75  # a reading that makes so many is no accident
_BETTER = 0.3  # by how much a paragraph must gain
_WORD = re.compile(r"[^\s\d.,;:!?()“”\"'‘’/…–\[\]-]+")
_FOREIGN = re.compile(  # no letters of Vietnamese: a quick look before the words are weighed
    "[\x80-\xbf\xc4-\xc7\xcb\xce-\xd1\xd6-\xd8\xdb\xdc\xde\xdf\xe4-\xe7\xeb\xee-\xf1\xf6-\xf8\xfb\xfc\xfe\xff]"
)
# A vowel of VIQR. A stop before a capital is none of its tones ("Thi. Hoa" stays), a question mark is: words
# such as "ở" are more frequent than questions that end in a vowel without a tone
_VIQR = re.compile(
    r"([AEIOUYaeiouy])"
    r"((?<=[AEOaeo])\^|(?<=[Aa])\(|(?<=[OUou])[+*]|)"
    r"(['`~]|[.?](?=[A-Za-z]|\s[a-zđ]|[,;:])|\?(?=\s[A-ZĐ])|)"
)
_QUALITIES = {"": "", "^": "\u0302", "(": "\u0306", "+": "\u031b", "*": "\u031b"}
_TONES = {"": "", "'": "\u0301", "`": "\u0300", "?": "\u0309", "~": "\u0303", ".": "\u0323"}
_LONGEST = 30  # characters of a syllable, its marks apart and wrongly decoded
_SAMPLE = 20_000  # characters that decide

Reading = Callable[[str], str]


def repaired(raw: RawArticle) -> tuple[RawArticle, bool]:
    """The article in Unicode, and whether its letters are doubtful."""
    every = "\n".join(filter(None, (raw.title, raw.lead, raw.body)))
    reading, doubtful = _reading(every[:_SAMPLE])
    if reading is None:
        return raw, doubtful
    changed = {name: _mended(value, reading) for name in _WORDED if (value := getattr(raw, name))}
    return replace(raw, **changed), False


def repaired_text(text: str) -> str | None:
    """The text in Unicode when it is certainly in one of the old encodings, else None."""
    reading, _ = _reading(text[:_SAMPLE])
    return None if reading is None else _mended(text, reading)


def _reading(text: str) -> tuple[Reading | None, bool]:
    """The reading that makes syllables of nearly all words, where few are as they are; whether one may."""
    if text.count("^") >= _FEWEST and _share(_marked(read_viqr(text))) >= _CERTAIN:
        return read_viqr, False
    if len(_FOREIGN.findall(text)) < _FEWEST:
        return None, False
    words = _marked(text)
    if len(words) < _FEWEST or _share(words) >= _WRONG:
        return None, False
    scores = {reading: _share(_marked(reading(text))) for reading in _readings()}
    best = max(scores, key=lambda reading: scores[reading])
    if scores[best] >= _CERTAIN:
        return best, False
    return None, scores[best] >= _DOUBTFUL


def _readings() -> Iterator[Reading]:
    import viparse  # imported here: hardly any article needs it

    yield _decoded_again
    for table in _TABLES:
        yield lambda text, table=table: viparse.fix(text, encoding=table)  # type: ignore[misc]


def _decoded_again(text: str) -> str:
    """UTF-8 that was taken for Windows-1252: "Viá»‡t" is "Việt"."""
    return re.sub(r"[^\x00-\x7f]+", _as_utf8, text)


def _as_utf8(match: re.Match[str]) -> str:
    found = bytearray()
    for character in match.group():
        try:
            found += character.encode("cp1252")
        except UnicodeEncodeError:
            if ord(character) > 0xFF:
                return match.group()
            found.append(ord(character))
    try:
        return found.decode()
    except UnicodeDecodeError:
        return match.group()


def read_viqr(text: str) -> str:
    """VIQR (RFC 1456), which writes in ASCII: "Vie^.t" is "Việt", "ddu+o+`ng" is "đường"."""
    text = re.sub(r"[Dd][Dd]", lambda match: "Đ" if match.group()[0] == "D" else "đ", text)
    return nfc(_VIQR.sub(_viqr_vowel, text))


def _viqr_vowel(match: re.Match[str]) -> str:
    vowel, quality, tone = match.groups()
    return vowel + _QUALITIES[quality] + _TONES[tone]


def _mended(text: str, reading: Reading) -> str:
    """The paragraphs that are better so; others are in Unicode already, or of another language."""
    return "\n".join(_better(line, reading) for line in text.split("\n"))


def _better(line: str, reading: Reading) -> str:
    changed = reading(line)
    return changed if _share(_marked(changed)) >= _share(_marked(line)) + _BETTER else line


def _marked(text: str) -> list[str]:
    """The words with a character beyond ASCII."""
    return [word for word in _WORD.findall(text) if not word.isascii()]


def _share(words: list[str]) -> float:
    short = (nfc(word).lower() for word in words if len(word) < _LONGEST)
    return sum(map(is_syllable, short)) / len(words) if words else 0.0
