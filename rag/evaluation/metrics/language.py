"""language.vietnamese: whether an answer is in Vietnamese, by its letters and syllables."""

from __future__ import annotations

import re
import unicodedata

from rag.evaluation.matching import contains, without_marks
from rag.evaluation.record import Record, Score
from rag.language.normalize import fold, has_accents, tokens
from rag.texts import text

NAMES = ("language.vietnamese",)
LEAST_SYLLABLES = 0.7  # share of words that are Vietnamese syllables
LEAST_ACCENTED = 0.25  # share of words with a diacritic; ordinary Vietnamese has about 0.7

_ONSET = r"(?:b|ch|c|d|đ|gh|gi|g|h|kh|k|l|m|ngh|ng|nh|n|ph|qu|q|r|s|th|tr|t|v|x|p)?"
_NUCLEUS = (
    r"(?:iê|yê|uô|ươ|uyê|uya|uy|oa|oă|oe|uâ|uê|uơ|oo|ia|ya|ua|ưa|ai|ao|au|ay|âu|ây|eo|êu|iu|oi|ôi|ơi|ui|"
    r"ưi|ưu|iêu|yêu|uôi|ươi|ươu|oai|oay|oao|oeo|uây|uyu|uêu|a|ă|â|e|ê|i|o|ô|ơ|u|ư|y)"
)
_CODA = r"(?:ch|c|m|ng|nh|n|p|t)?"
_SYLLABLE = re.compile(_ONSET + _NUCLEUS + _CODA)
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")


def score(record: Record) -> dict[str, Score]:
    """1 when the answer is Vietnamese, 0 when not; nothing for a refusal or an answer without words.

    Vietnamese: no letter of another script, most words are Vietnamese syllables and enough have
    diacritics. Words that stand in the question or in a shown quote (foreign names) are not held
    against it, and an answer copied from a quote is Vietnamese.
    """
    answer = without_marks(record.answer or "")
    words = [token for token in tokens(answer) if token[0].isalpha()]
    if not record.answered or not words:
        return {}
    sources = [record.case.question, *(quote.text for quote in (*record.evidence, *record.citations))]
    vietnamese, why = _verdict(answer, words, sources)
    return {"language.vietnamese": Score(float(vietnamese), why)}


def _verdict(answer: str, words: list[str], sources: list[str]) -> tuple[bool, str]:
    known = {token for source in sources for token in tokens(source)}
    own = [word for word in words if word not in known]
    if foreign := sorted({word for word in own if not _latin(word)}):
        return False, text("eval.why_script", words=", ".join(foreign))
    if not own or any(contains(source, answer) for source in sources):
        return True, text("eval.why_copied")
    strange = [word for word in own if not is_syllable(word)]
    if 1 - len(strange) / len(words) < LEAST_SYLLABLES:
        return False, text("eval.why_not_syllables", words=", ".join(sorted(set(strange))))
    if sum(map(has_accents, words)) / len(words) < LEAST_ACCENTED:
        return False, text("eval.why_no_accents", words=", ".join(sorted(set(own))))
    return True, text("eval.why_vietnamese")


def _latin(word: str) -> bool:
    return fold(word).isascii() or all("LATIN" in unicodedata.name(c, "LATIN") for c in word if c.isalpha())


def is_syllable(word: str) -> bool:
    """Whether a word has the form of a Vietnamese syllable: onset, nucleus, coda, at most one tone."""
    decomposed = unicodedata.normalize("NFD", word.lower())
    toneless = unicodedata.normalize("NFC", "".join(c for c in decomposed if c not in _TONES))
    return sum(c in _TONES for c in decomposed) <= 1 and _SYLLABLE.fullmatch(toneless) is not None
