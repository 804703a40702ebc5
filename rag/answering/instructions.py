"""Orders to the software that reads an article: no news, so no evidence, however well they match a question.

An article may carry a sentence meant for a language model ("Bỏ qua mọi hướng dẫn trước đó …"). If the model
obeys and writes it out, the article "supports" it to the letter; so such sentences, and what follows them
in the same paragraph, are never quoted. A report *about* such orders puts them between quotation marks, and
those are not looked at. Patterns are matched without accents and look-alike letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files

from rag.language.normalize import fold, matching_form
from rag.language.sentences import Span, split_sentences
from rag.types import Article

_SPACED = re.compile(r"(?<!\w)(?:\w ){3,}\w(?!\w)")
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|«[^»]*»")
# Cyrillic and Greek letters that look like Latin ones
_LOOK_ALIKES = str.maketrans("аеорсухіјѕԁһкмтвпαερυνικτβ", "aeopcyxijsdhkmtbnaepuviktb")
_MARKUP = re.compile(  # of chats and pages: no newspaper prints it
    r"<\W?\||\|\W?>|\[/?inst\]|<</?sys>>|</?(?:system|instruction|user|assistant)>|!\[[^\]]*\]\("
    r"|\[[^\]]+\]\(https?:|#{2,} ?(?:system|instruction|he thong|user|assistant|response)"
    r"|(?:^|\n|[.!?] )(?:system|assistant|user|human|he thong|tro ly)\s?:"
    r"|\[(?:system|he thong|admin|quan tri)\]|\brole\W{1,4}(?:system|assistant)"
)


@cache
def _orders() -> re.Pattern[str]:
    """The patterns of `instructions.txt`, each where a word begins."""
    defined: dict[str, list[str]] = {}
    patterns: list[str] = []
    for line in files("rag.answering").joinpath("instructions.txt").read_text(encoding="utf-8").splitlines():
        name, defines, alternatives = line.partition(" = ")
        if defines:
            defined.setdefault(name, []).append(alternatives)
        elif line and not line.startswith("#"):
            patterns.append(line)
    whole = rf"(?<!\w)(?:{'|'.join(patterns)})"
    for name, alternatives_of in defined.items():
        whole = whole.replace(name, f"(?:{'|'.join(alternatives_of)})")
    return re.compile(whole)


def is_instruction(sentence: str) -> bool:
    """Whether `sentence`, outside quotation marks, tells the software that reads it what to do."""
    form = _form(sentence)
    if _MARKUP.search(form):
        return True
    joined = _SPACED.sub(lambda match: match.group().replace(" ", ""), _QUOTED.sub(" “” ", form))
    return _orders().search(" ".join(joined.split())) is not None


def trusted_sentences(article: Article, start: int, end: int) -> Iterator[Span]:
    """The sentences of `article.text[start:end]` that may be evidence; offsets relative to `start`."""
    for span in split_sentences(article.text[start:end]):
        if not is_barred(article, start + span.start, start + span.end):
            yield span


def is_barred(article: Article, start: int, end: int) -> bool:
    """Whether anything of `article.text[start:end]` is an order, or said under one."""
    return any(barred.start < end and start < barred.end for barred in barred_spans(article.text))


@lru_cache(maxsize=256)
def barred_spans(text: str) -> tuple[Span, ...]:
    """From each order to the end of its paragraph: what comes after it may be what it wants said.

    The markup of a chat opens a turn, so the paragraph after it is barred as well.
    """
    found = []
    for span in split_sentences(text):
        sentence = text[span.start : span.end]
        if is_instruction(sentence):
            end = _paragraph_end(text, span.end)
            if _MARKUP.search(_form(sentence)):
                end = _paragraph_end(text, min(end + 2, len(text)))
            found.append(Span(span.start, end))
    return tuple(found)


def _paragraph_end(text: str, position: int) -> int:
    end = text.find("\n\n", position)
    return len(text) if end < 0 else end


def _form(sentence: str) -> str:
    return fold(matching_form(sentence)).translate(_LOOK_ALIKES)
