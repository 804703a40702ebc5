"""What a page says about its article: headline, lead, author, time.

Its metadata first, where there is any; then what it shows, found by what its elements are called. Sites
differ in all of it, so nothing here is for one of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rag.articles.dates import date_to_iso, read_stamp
from rag.articles.draft import host_of, squash
from rag.articles.files import plain
from rag.articles.foot import is_name
from rag.articles.page_parts import class_of, text_within

# Where pages say when they were published, the surest first; a <time> may be that of a related article
_TIMES = (
    "//meta[@property='article:published_time' or @name='article:published_time']/@content",
    "//meta[@itemprop='datePublished']/@content",
    "//meta[@name='pubdate' or @name='publishdate' or @name='its_publication']/@content",
    "//meta[@name='dc.date.issued' or @name='DC.date.issued']/@content",
)
_SHOWN_TIMES = "//*[@itemprop='datePublished']/@datetime | //time[@datetime]/@datetime"
_LINKED_DATA = "//script[@type='application/ld+json']/text()"
_TITLES = "//meta[@property='og:title']/@content"
_SITES = "//meta[@property='og:site_name' or @name='application-name']/@content"
_ADDRESSES = "//link[@rel='canonical']/@href | //meta[@property='og:url']/@content"
_DESCRIPTIONS = "//meta[@name='description' or @property='og:description']/@content"
_AUTHORS = "//meta[@name='author' or @property='article:author' or @name='dc.creator']/@content"
_SHOWN_AUTHORS = "//*[@itemprop='author'] | //a[@rel='author']"

_TITLE_CLASS = re.compile(
    r"(?:article|content|detail|entry|news|post|story)[-_]*(?:title|headline)|^title$", re.I
)
_LEAD_CLASS = re.compile(
    r"(?:^|[-_\s])(?:sapo|summary|lead|description|standfirst|chapeau|trich-?yeu|tom-?tat)(?:$|[-_\s])", re.I
)
_LEAD_CLASS_GLUED = re.compile(r"sapo\b", re.I)  # contentSapo
_AUTHOR_CLASS = re.compile(r"(?:^|[-_\s])(?:author|byline|tac-?gia)(?:$|[-_\s])", re.I)
_AUTHOR_LABEL = re.compile(r"^(?:Đăng bởi|Người đăng|Tác giả|Bài|Tin, bài|Thực hiện)\s*:?\s*", re.I)
_NO_AUTHOR = frozenset(map(squash, ("admin", "administrator", "editor", "Ban biên tập", "BBT", "Tòa soạn")))
_NAME_OF_SITE = re.compile(r"(?:Báo|Cổng|Trang|Đài|Tạp chí|Tin tức)\s")
_CUT = re.compile(r"(?:\.\.\.|…)\s*$")  # a description that is only the beginning of one
_LONGEST_TITLE = 250  # characters
_LEAST_LEAD = 40
_LONGEST = 1_500
_LONGEST_AUTHOR = 80


@dataclass(frozen=True, slots=True)
class Facts:
    """What the page says; None where it says nothing, or nothing that could be the thing."""

    title: str | None
    lead: str | None
    author: str | None
    published: str | None  # in any form that `date_to_iso` reads
    published_from: str  # "page", or "text" where it is only shown
    sapo: Any = None  # the element that has the lead and something before it


def read_facts(tree: Any) -> Facts:
    """Looks through the whole page, so it comes before anything is taken out of it."""
    linked = _linked(tree)
    lead, sapo = _lead(tree)
    published, published_from = _published(tree, linked)
    return Facts(_title(tree, linked), lead, _author(tree, linked), published, published_from, sapo)


# ── Linked data (https://schema.org/NewsArticle) ──────────────────────────────────────────────────


@dataclass(slots=True)
class _Linked:
    """What the linked data of a page says, on whatever level it stands."""

    dates: list[str] = field(default_factory=list)
    headlines: list[str] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)
    publishers: list[str] = field(default_factory=list)


def _linked(tree: Any) -> _Linked:
    found = _Linked()
    for script in tree.xpath(_LINKED_DATA):
        for thing in _things(script):
            if isinstance(thing.get("datePublished"), str):
                found.dates.append(thing["datePublished"])
                if isinstance(thing.get("headline"), str):
                    found.headlines.append(thing["headline"])
                found.authors += [] if found.authors else _people(thing.get("author"))
                found.publishers += _names(thing.get("publisher"))
    return found


def _things(script: str) -> Iterator[Mapping[str, Any]]:
    try:
        waiting: list[Any] = [json.loads(script)]
    except (ValueError, RecursionError):
        return
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, Mapping):
            yield value
            waiting += value.values()


def _people(author: object) -> list[str]:
    """Names of people; an organisation is the source, not the author."""
    every = author if isinstance(author, list) else [author]
    return _names([one for one in every if isinstance(one, str) or _is_person(one)])


def _is_person(thing: object) -> bool:
    return isinstance(thing, Mapping) and thing.get("@type") != "Organization"


def _names(things: object) -> list[str]:
    """Of people or organisations: `"A"`, `{"name": "A"}`, or a list of these."""
    every = things if isinstance(things, list) else [things]
    names = (one.get("name") if isinstance(one, Mapping) else one for one in every)
    return [name for name in names if isinstance(name, str)]


# ── Headline and lead ─────────────────────────────────────────────────────────────────────────────


def _title(tree: Any, linked: _Linked) -> str | None:
    """By metadata; else the heading that the name of the page holds; else what is called a title."""
    said = [*map(str, tree.xpath(_TITLES)), *linked.headlines]
    if title := next(filter(None, map(_line, said)), None):
        return title
    page = squash(_name_of_page(tree))
    headings = [element for element in tree.iter("h1", "h2", "h3") if element.getparent() is not None]
    called = [element for element in tree.iter() if _TITLE_CLASS.search(class_of(element))]
    shown = [text for element in headings if len((text := _text(element)).split()) >= 3]
    inside = [text for text in (*shown, *map(_text, called)) if text and squash(text) in page]
    if inside:
        return max(inside, key=len)
    titles = (text for text in map(_text, called) if len(text.split()) >= 3 and len(text) <= _LONGEST_TITLE)
    return next(titles, None) or _repeated_title(tree, page)


def _repeated_title(tree: Any, page: str) -> str | None:
    """A line of the page that is most of its name: headlines were letters of another size once."""
    body = tree.find(".//body")
    for element in body.iter("p", "div", "td", "font", "b", "strong", "span") if body is not None else ():
        text = text_within(element, _LONGEST_TITLE) or ""
        if len(text.split()) >= 3 and squash(text) in page and 2 * len(squash(text)) > len(page):
            return text
    return None


def _lead(tree: Any) -> tuple[str | None, Any]:
    """The sapo as it is shown; else the description, unless it breaks off. And `Facts.sapo`."""
    said = next(filter(None, map(_line, map(str, tree.xpath(_DESCRIPTIONS)))), "")
    for element in tree.iter():
        name = class_of(element)
        called = _LEAD_CLASS.search(name) or _LEAD_CLASS_GLUED.search(name)
        if not (called or element.get("itemprop") == "description") or element.tag == "meta":
            continue
        text = _text(element)
        if len(text) < _LEAST_LEAD or _is_aside(element) or element.find(".//p/../p[2]") is not None:
            continue
        if said and squash(text) != squash(said) and squash(text).endswith(squash(said)):
            return said, element  # the name of a place before it is no part of its sentence
        return text, None
    return (said if said and not _CUT.search(said) else None), None


def _is_aside(element: Any) -> bool:
    return any(
        parent.tag in {"a", "aside", "nav", "footer", "li"} for parent in (element, *element.iterancestors())
    )


# ── Author ────────────────────────────────────────────────────────────────────────────────────────


def _author(tree: Any, linked: _Linked) -> str | None:
    """By metadata; else what is marked or called the author, when it reads like a name."""
    hosts = (host_of(str(address)).split(".")[0] for address in tree.xpath(_ADDRESSES))
    sites = set(map(squash, (*hosts, *map(str, tree.xpath(_SITES)), *linked.publishers)))
    page = squash(_name_of_page(tree))

    def could_be(name: str) -> bool:
        key = squash(name)
        known = key in sites or key in _NO_AUTHOR or page.endswith(key) or _NAME_OF_SITE.match(name)
        return bool(key) and len(name) <= _LONGEST_AUTHOR and "://" not in name and not known

    said = [name for name in map(_line, linked.authors) if could_be(name)]
    if said:
        return ", ".join(dict.fromkeys(said))
    metas = (name for name in map(_line, map(str, tree.xpath(_AUTHORS))) if could_be(name))
    shown = [*tree.xpath(_SHOWN_AUTHORS)]
    shown += [
        one for one in tree.iter() if _AUTHOR_CLASS.search(class_of(one)) and not _is_aside_of_author(one)
    ]
    names = (_AUTHOR_LABEL.sub("", _text(element)) for element in shown)
    return next(metas, None) or next((name for name in names if could_be(name) and is_name(name)), None)


def _is_aside_of_author(element: Any) -> bool:
    return any(parent.tag in {"aside", "nav", "footer"} for parent in element.iterancestors())


# ── Time ──────────────────────────────────────────────────────────────────────────────────────────


def _published(tree: Any, linked: _Linked) -> tuple[str | None, str]:
    """The first time in a form that we know, and where: metadata, marked as a time, or alone in its line."""
    said = [str(value) for path in _TIMES for value in tree.xpath(path)]
    every = (*said, *linked.dates, *map(str, tree.xpath(_SHOWN_TIMES)))
    known = next((value for value in every if date_to_iso(plain(value))), None)
    return (known, "page") if known else (next(_stamps(tree), None), "text")


def _stamps(tree: Any) -> Iterator[str]:
    """Lines of the page that are nothing but its stamp; those of lists are other articles'."""
    for element in tree.iter():
        if not isinstance(element.tag, str) or element.tag in {"script", "style", "a", "li", "option"}:
            continue
        texts = (element.text, *(child.tail for child in element))
        for line in (_line(text) for text in texts if text and len(text) < 200):
            stamp = read_stamp(line)
            if stamp is not None and not _is_aside(element):
                yield line


# ── Reading elements ──────────────────────────────────────────────────────────────────────────────


def _text(element: Any) -> str:
    """Its text as one line; "" when it is longer than any of what is looked for here."""
    return text_within(element, _LONGEST) or ""


def _line(text: str) -> str:
    return " ".join(plain(text).split())


def _name_of_page(tree: Any) -> str:
    return _line("".join(tree.xpath("//head/title//text()"))[:_LONGEST])
