"""The head of a page: stamp, headline, name of the site, lead."""

from __future__ import annotations

import re
from dataclasses import replace

from rag.articles.dates import day_in_address, stamp_at
from rag.articles.draft import Draft, host_of, squash
from rag.language.normalize import fold, tokens, words
from rag.language.sentences import split_sentences
from rag.language.syllables import is_syllable

_LONGEST_HEADLINE = 200  # characters
_LONGEST_MADE_TITLE = 120
_LONGEST_SUBHEADING = 80
_LONGEST_PLACE = 30
_FEWEST_NAMED = 4  # words of an address that can spell out a headline
_NAMED = 0.6  # of them are in the article, or they are of another language, or no words
_ALIKE = 0.5  # of them are in its headline: sites leave out a word or two, or change it later


def take_stamps(draft: Draft) -> Draft:
    """Lines that only say when and where the article was published, near the head or the foot."""
    kept = []
    for position, line in enumerate(draft.lines):
        stamp = stamp_at(draft.lines, position)
        if stamp is None:
            kept.append(line)
        else:  # the first stamp counts: "updated" comes after "published"
            draft = replace(
                draft,
                published=draft.published or stamp.published,
                published_from=draft.published_from if draft.published else "text",
                category=draft.category or stamp.category,
            )
    return replace(draft, lines=tuple(kept))


def take_headline(draft: Draft) -> Draft:
    """Without a title, the line that the address spells out; else the first if it looks like a headline, text
    follows, and the address does not say something else: exports put subheadings first.
    """
    if draft.title or len(draft.lines) < 2:
        return draft
    named, first = _named_by_address(draft), draft.lines[0]
    for place, line in enumerate(draft.lines if named else ()):
        if squash(fold(line)) == "".join(named):
            return replace(draft, title=line, lines=draft.lines[:place] + draft.lines[place + 1 :])
    said = set(tokens(fold(first)))
    if not _is_headline(first) or sum(word in said for word in named) < _ALIKE * len(named):
        return draft
    return replace(draft, title=first, lines=draft.lines[1:])


def _named_by_address(draft: Draft) -> list[str]:
    """The words of the headline, without accents, as the address has them; none when they are not there.

    `…/xa-hoi/cau-moi-da-xong-20210314165800123.htm` → cau, moi, da, xong.
    """
    page = re.split(r"[?#]", draft.url or "", maxsplit=1)[0].rstrip("/").rpartition("/")[2]
    words = re.sub(r"\.\w{2,5}$", "", page).lower().split("-")
    named = [word for word in words if word.isalpha() or (word.isdigit() and len(word) <= 4)]
    if len(named) < _FEWEST_NAMED:
        return []
    said = set(tokens(fold(" ".join(draft.lines))))
    return named if sum(word in said for word in named) >= _NAMED * len(named) else []


def _is_headline(line: str) -> bool:
    return (
        len(line) <= _LONGEST_HEADLINE
        and len(line.split()) >= 3
        and line[-1] not in ".…;:,"
        and not re.match(r"[-–—•*+]\s", line)
    )


def complete_title(draft: Draft) -> Draft:
    """A title that a search engine cut off goes on as the address does, in the letters of the text.

    Where these words do not follow the last one of the title anywhere in the text, it stays.
    """
    title = draft.title.rstrip(" .…")
    cut_off = draft.title.endswith(("...", "…"))
    said = [part for word in tokens(fold(title)) for part in re.split(r"[.,/:]", word)]
    named = _named_by_address(draft) if cut_off else []
    if len(named) <= len(said) or not said or named[: len(said)] != said:
        return draft
    missing = named[len(said) - 1 :]
    for line in draft.lines:
        found = words(line)
        folded = [fold(word.text) for word in found]
        for place in range(len(folded) - len(missing) + 1):
            if folded[place : place + len(missing)] == missing:
                rest = line[found[place + 1].start : found[place + len(missing) - 1].end]
                return replace(draft, title=f"{title} {rest}")
    return draft


_SITE_TAIL = re.compile(r"\s+[-–|]\s+")
_SITE_NAME = re.compile(r"(?:Báo|Cổng|Trang|Đài|Tạp chí|Tin tức)\s")


def split_site_tail(draft: Draft) -> Draft:
    """ "Headline - Name of the site": the tail is the source, not the headline.

    Certain when the headline follows alone in the next line, when the tail is the known source or the host
    of the address, or when it begins like the name of a site.
    """
    for match in _SITE_TAIL.finditer(draft.title):
        headline, tail = draft.title[: match.start()], draft.title[match.end() :]
        name = squash(tail)
        host = squash(host_of(draft.url).split(".")[0])
        known = squash(draft.source or "")
        repeated = any(squash(line) == squash(headline) for line in draft.lines[:2])
        if (
            repeated
            or (known and name.startswith(known))
            or (host and name.startswith(host))
            or _SITE_NAME.match(tail)
        ):
            return replace(draft, title=headline, source=draft.source or tail)
    return draft


def drop_repeated_title(draft: Draft) -> Draft:
    """The headline again as one of the first lines."""
    title = squash(draft.title)
    head = tuple(line for line in draft.lines[:3] if squash(line) != title)
    lines = head + draft.lines[3:]
    return replace(draft, lines=lines) if lines else draft


def place_lead(draft: Draft) -> Draft:
    """The sapo becomes the first paragraph, once.

    Exports often glue it to the body ("…trong bếp.Lực lượng…"): then it is parted from what follows. One
    that a search engine cut off ("… xã Hòa ...") is no text of the article and parts nothing.
    """
    lead = _without_site(draft)
    if not any(map(str.isalnum, lead)):  # it would part nothing from the text
        return draft
    if not draft.lines:
        return replace(draft, lines=(lead,))
    cut_off = lead.endswith(("...", "…"))
    first = draft.lines[0]
    end = _end_of_prefix(first, lead)
    if end is not None:
        rest = first[end:].lstrip()
        finished = first[end - 1] in ".!?…”\"')" or first[end : end + 1].isupper()
        if cut_off or not finished or not (rest[:1].isupper() or rest[:1] in set("“\"'(")):
            return draft
        return replace(draft, lines=(first[:end].rstrip(), rest, *draft.lines[1:]))
    if cut_off or squash(lead) in squash("".join(draft.lines)):
        return draft
    return replace(draft, lines=(lead, *draft.lines))


def _without_site(draft: Draft) -> str:
    """The lead without the name of the site that search engines are told: "… đã xong. - Báo Đồng Lâm."."""
    lead, dash, tail = draft.lead.rpartition(" - ")
    known = {squash(draft.source or ""), squash(host_of(draft.url).split(".")[0])} - {""}
    return lead.rstrip() if dash and squash(tail) in known else draft.lead


def _end_of_prefix(body: str, lead: str) -> int | None:
    """Where `lead` ends in a `body` that starts with it, other characters than letters and digits aside."""
    position = 0
    for character in lead:
        if not character.isalnum():
            continue
        while position < len(body) and not body[position].isalnum():
            position += 1
        if position == len(body) or body[position].lower() != character.lower():
            return None
        position += 1
    while position < len(body) and body[position] in ".!?…”»)":
        position += 1
    return position


def part_place(draft: Draft) -> Draft:
    """The place that many papers set before the lead becomes a paragraph where an export has glued it on:
    "Đồng LâmSáng 14/3, …".
    """
    first = draft.lines[0] if draft.lines else ""
    for end in range(2, min(len(first) - _LONGEST_PLACE, _LONGEST_PLACE)):
        if first[end - 1].islower() and first[end].isupper():
            if _is_place_before(first[:end], first[end:]):
                return replace(draft, lines=(first[:end], first[end:], *draft.lines[1:]))
            break
    return draft


def _is_place_before(place: str, rest: str) -> bool:
    """Two to five syllables with capitals, before one: not "MoMo" and its like, which have no accents."""
    names = [name for name in place.split() if name not in {"-", "–"}]
    following = re.split(r"[\W\d_]", rest, maxsplit=1)[0]
    return (
        2 <= len(names) <= 5
        and all(name.istitle() and is_syllable(name) for name in (*names, following))
        and not (names[-1] + following).isascii()
    )


def make_title(draft: Draft) -> Draft:
    """Without title and headline, the first sentence (which stays in the text), cut at a word when long."""
    if draft.title or not draft.lines:
        return draft
    prose = (line for line in draft.lines if len(line) > _LONGEST_SUBHEADING or line[-1] in ".…")
    first = next(prose, draft.lines[0])[:1_000]
    span = split_sentences(first)[0]
    title = first[span.start : span.end]
    if len(title) > _LONGEST_MADE_TITLE:
        title = title[: _LONGEST_MADE_TITLE - 1].rsplit(" ", 1)[0].rstrip(" ,;:–-") + "…"
    return replace(draft, title=title)


def name_source(draft: Draft) -> Draft:
    """The host of the address when nothing else names the source."""
    return replace(draft, source=draft.source or host_of(draft.url) or None)


def date_by_address(draft: Draft) -> Draft:
    """The day in the address, when neither the metadata nor the text says when it was published.

    The time of the file is not asked: it is when the file was saved, copied or unpacked, and an article
    under a wrong day is worse than one without: it would be left out of its own period, and cited in another.
    """
    if draft.published or not draft.url:
        return draft
    day = day_in_address(draft.url)
    return replace(draft, published=day, published_from="url" if day else None)
