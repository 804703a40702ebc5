"""The head of a page: stamp, headline, name of the site, lead."""

from __future__ import annotations

import re
from dataclasses import replace

from rag.articles.dates import day_in_address, stamp_at
from rag.articles.draft import Draft, host_of, squash
from rag.language.sentences import split_sentences

_LONGEST_HEADLINE = 200  # characters
_LONGEST_MADE_TITLE = 120


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
                category=draft.category or stamp.category,
            )
    return replace(draft, lines=tuple(kept))


def take_headline(draft: Draft) -> Draft:
    """Without a title, the first line if it looks like one and text follows."""
    if draft.title or len(draft.lines) < 2 or not _is_headline(draft.lines[0]):
        return draft
    return replace(draft, title=draft.lines[0], lines=draft.lines[1:])


def _is_headline(line: str) -> bool:
    return (
        len(line) <= _LONGEST_HEADLINE
        and len(line.split()) >= 3
        and line[-1] not in ".…;:,"
        and not re.match(r"[-–—•*+]\s", line)
    )


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
    lead = draft.lead
    if not lead:
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


def make_title(draft: Draft) -> Draft:
    """Without title and headline, the first sentence (which stays in the text), cut at a word when long."""
    if draft.title or not draft.lines:
        return draft
    first = draft.lines[0][:1_000]
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
    return replace(draft, published=day_in_address(draft.url))
