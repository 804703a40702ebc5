"""What of a page is not its article, taken out of its tree before the article is looked for.

Comments, lists of other articles, captions and tables that only arrange things are known by what their
elements are called, by their heading, or by what is in them. Nothing goes that holds much of the page's
prose: then it is called so for another reason.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

from rag.articles.draft import squash
from rag.articles.files import plain
from rag.articles.foot import COMMENT_MARKS, FOOT_MARKS

_COMMENTS = re.compile(r"(?:^|[-_\s])(?:comments?|cmts?|cm|binh-?luan|nhan-?xet|y-?kien)(?=$|[-_\s])", re.I)
_ASIDE = re.compile(
    r"(?:^|[-_\s])(?:related\w*|relate|tin-?lien-?quan|"
    r"lien-?quan|recommend\w*|share|sharing|social|tags?|hash-?tags?|breadcrumbs?)(?=$|[-_\s])",
    re.I,
)
_CAPTION = re.compile(r"caption|chu-?thich", re.I)
_COUNT = re.compile(r"[\d()\s:]+")  # "Bình luận (12)", "3 bình luận"
_MINUTE = re.compile(r"\d{1,2}[:hg]\d{2}")
_LEAST_MINUTES = 3
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6", "strong", "b", "span", "div", "p")
_PROSE = ("p", "div", "td", "li", "section", "article", "span", "font", "blockquote", "figcaption", "center")
_NO_PROSE = frozenset(("a", "nav", "footer", "script", "style", "noscript", "template"))
_MOST_ARTICLES = 20
_SENTENCE = 40  # characters of text that stands directly in an element: less is a label
_MOST = 0.4  # of the page's prose: what holds more stays
_LEAST_BEFORE = 400  # characters of prose that an article has before its readers speak
_BODY = 0.85  # of the page's prose
_LONG_CELL = 300  # characters
_LONGEST_CAPTION = 300
_LONGEST_HEADING = 40


def strip_page(tree: Any) -> None:
    """Takes out of the tree what is not the article, and marks where the article stands."""
    unfold_tables(tree)
    drop_following(tree)
    drop_asides(tree)
    settle_captions(tree)
    keep_minutes(tree)
    mark_body(tree)


def prose(tree: Any) -> Counter[Any]:
    """Element → characters of sentences in it that are no links."""
    weights: Counter[Any] = Counter()
    elements = [element for element in tree.iter() if isinstance(element.tag, str)]
    outside: set[Any] = set()
    for element in elements:
        if element.tag in _NO_PROSE or element.getparent() in outside:
            outside.add(element)
        elif element.tag in _PROSE:
            weights[element] = _own_length(element)
    _add_up(weights, elements)
    return weights


def _add_up(counts: Counter[Any], elements: Sequence[Any]) -> None:
    """Gives every element what its children have; a page may be as deep as it is long, so one by one."""
    for element in reversed(elements):
        parent = element.getparent()
        if parent is not None and counts[element]:
            counts[parent] += counts[element]


def _own_length(element: Any) -> int:
    """Characters of the text that stands directly in it; 0 when that is a label at most."""
    own = (element.text or "") + "".join(child.tail or "" for child in element)
    length = len(" ".join(own.split()))
    return length if length >= _SENTENCE else 0


def drop_following(tree: Any) -> None:
    """Where scrolling on loads further articles: those after the first, each with a headline of its own."""
    headlines = list(tree.iter("h1"))
    if len(headlines) < 2:
        return
    weights, inside = prose(tree), Counter(headlines)
    _add_up(inside, [element for element in tree.iter() if isinstance(element.tag, str)])
    for headline in headlines[1:_MOST_ARTICLES]:
        story = headline
        while story.getparent() is not None and inside[story.getparent()] == 1:
            story = story.getparent()
        above = story.getprevious()
        while above is not None and not (inside[above] and weights[above]):
            above = above.getprevious()
        if above is not None and weights[story] > _LEAST_BEFORE:
            story.drop_tree()


def drop_asides(tree: Any) -> None:
    """Readers' comments, lists of other articles, buttons: by name, or below a heading that says so."""
    weights = prose(tree)
    limit = _MOST * weights[tree]
    before = 0  # characters of prose that have been passed
    for element in list(tree.iter()):
        if not isinstance(element.tag, str) or element.tag in {"html", "body", "head"}:
            continue
        name = class_of(element)
        below = _is_mark(element)
        # What readers say may be longer than the article, but it comes after it.
        most = (
            weights[tree]
            if before > _LEAST_BEFORE and (_COMMENTS.search(name) or below == "comments")
            else limit
        )
        if _COMMENTS.search(name) or _ASIDE.search(name) or _is_list_of_links(element):
            _drop(element, weights, most)
        elif below:
            _drop(element.getparent(), weights, most)
        before += _own_length(element)


def _is_mark(element: Any) -> Literal["comments", "others", ""]:
    """What the element announces when it is a heading of something that is not the article."""
    if element.tag not in _HEADINGS or len(element) > 1:
        return ""
    text = text_within(element, _LONGEST_HEADING) or ""
    words = squash(_COUNT.sub("", text))
    if words in COMMENT_MARKS or (words == "bìnhluận" and len(text) > len("Bình luận")):  # with their number
        return "comments"
    return "others" if words in FOOT_MARKS else ""


def _is_list_of_links(element: Any) -> bool:
    """Whether all there is are items that are a link, long enough for a headline."""
    if element.tag not in {"ul", "ol"} or len(element) < 2:
        return False
    for item in element:
        link = item.find(".//a") if item.tag == "li" else None
        words = text_within(item, _LONG_CELL)
        if link is None or not words or len(words.split()) < 4 or text_within(link, _LONG_CELL) != words:
            return False
    return True


def _drop(element: Any, weights: Counter[Any], limit: float) -> None:
    """Takes it out, unless it has more prose than that, or the headline in it."""
    whole = element is None or element.getparent() is None or element.tag in {"body", "html"}
    if not whole and weights[element] <= limit and element.find(".//h1") is None:
        element.drop_tree()


def settle_captions(tree: Any) -> None:
    """Captions go, unless they hold most of the prose: in a photo story they become its paragraphs."""
    weights = prose(tree)
    every = {one for one in tree.iter() if one.tag == "figcaption" or _is_caption(one)}
    captions = [one for one in every if every.isdisjoint(one.iterancestors())]
    length = sum(len("".join(caption.itertext()).strip()) for caption in captions)
    if 2 * length > weights[tree]:
        for caption in captions:
            caption.tag = "p"
        for figure in tree.iter("figure"):
            figure.tag = "div"
        return
    for caption in captions:
        if weights[caption] <= _MOST * weights[tree] and caption.getparent() is not None:
            caption.drop_tree()


def _is_caption(element: Any) -> bool:
    """Called so; or a line in italics alone, right below a picture alone."""
    if not isinstance(element.tag, str):
        return False
    if _CAPTION.search(class_of(element)):
        return True
    if element.tag != "p" or (element.text or "").strip() or len(element) != 1:
        return False
    inner, above = element[0], element.getprevious()
    return (
        inner.tag in {"em", "i"}
        and not (inner.tail or "").strip()
        and text_within(inner, _LONGEST_CAPTION) is not None
        and above is not None
        and above.find(".//img") is not None
        and text_within(above, 0) is not None
    )


def keep_minutes(tree: Any) -> None:
    """The times beside the entries of a live report become lines; one or two are clocks."""
    times = [
        one for one in tree.iter("span", "div", "b", "time") if _MINUTE.fullmatch(text_within(one, 5) or "")
    ]
    if len(times) >= _LEAST_MINUTES:
        for time in times:
            time.tag = "p"


def unfold_tables(tree: Any) -> None:
    """Tables that arrange the page, with tables or long texts in their cells, become plain blocks."""
    for table in list(tree.iter("table")):
        cells = list(table.iter("td"))
        long = any(text_within(cell, _LONG_CELL) is None for cell in cells)
        if long or table.find(".//table") is not None:
            for element in list(table.iter("tbody", "tr", "td", "th")):
                if next(element.iterancestors("table")) is table:
                    element.tag = "div"
            table.tag = "div"


def mark_body(tree: Any) -> None:
    """The innermost element that holds nearly all of the prose is said to be the article."""
    weights = prose(tree)
    place = tree
    while True:
        inner = next((child for child in place if weights[child] >= _BODY * weights[tree] > 0), None)
        if inner is None:
            break
        place = inner
    if place.tag in {"div", "section", "main", "article"}:
        place.tag = "article"
        place.set("class", "article-body")


def text_within(element: Any, limit: int) -> str | None:
    """Its text as one line, None when that has more than `limit` characters; long ones are not read whole."""
    text = ""
    for piece in element.itertext():
        text += piece[: 10 * limit + 1_000]
        if len(text) > 10 * limit + 1_000:  # white space, for the most part, at best
            return None
    line = " ".join(plain(text).split())
    return line if len(line) <= limit else None


def class_of(element: Any) -> str:
    """Its class and id; "" for comments and the like."""
    if not isinstance(element.tag, str):
        return ""
    return f"{element.get('class', '')} {element.get('id', '')}".strip()
