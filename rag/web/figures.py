"""The figures of an archive → HTML. Pure functions; whatever was not written by us goes through `escape`."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from rag.archive import Archive, Count, Interval, Names, Step, Story
from rag.copies import carried
from rag.store import ArticleSummary
from rag.texts import text
from rag.web.markup import attributes, day, escape, number
from rag.web.masthead import ADDRESSES, masthead
from rag.web.plots import Bar, columns, ranking

SHOWN = 12  # names of a kind, sources, topics


def header(articles: int | None, problem: str | None = None) -> str:
    """The masthead with how many articles are counted, None while loading, or why there are none."""
    if problem:
        return masthead("figures", text("web.tagline_failed", reason=problem), "failed")
    if articles is None:
        return masthead("figures", text("figures.loading"), "loading")
    if articles == 0:
        return masthead("figures", text("figures.empty"), "failed")
    return masthead("figures", text("figures.tagline", count=number(articles)))


def switcher(collections: Sequence[tuple[str, str]], chosen: str) -> str:
    """Links to the figures of each collection (name, shown name); nothing when there is one alone."""
    if len(collections) < 2:
        return ""
    links = "".join(
        f"<a{attributes({'href': _address('figures', kho=name)})}"
        f"{' aria-current=true' if name == chosen else ''}>{escape(shown)}</a>"
        for name, shown in collections
    )
    return (
        f'<nav class="hb-collections"{attributes({"aria-label": text("figures.collections")})}>{links}</nav>'
    )


def overview(archive: Archive, collection: str | None = None) -> str:
    """What the list of articles tells: how many, from when to when, by time, source and topic.

    `collection` is where questions are to be asked, None being the default.
    """
    if not archive.articles:
        return ""
    sources = [Bar(source.name, source.articles) for source in archive.sources[:SHOWN]]
    topics = _asking(archive.topics[:SHOWN], "figures.ask_topic", collection)
    lists = [
        _list(sources, text("figures.sources"), _without(archive.sourceless, "figures.sourceless")),
        _list(topics, text("figures.topics"), _without(archive.topicless, "figures.topicless")),
    ]
    return (
        f'<h2 class="hb-hidden">{escape(text("figures.overview"))}</h2>{_tiles(archive, collection)}'
        f'{_over_time(archive)}<div class="hb-lists hb-two">{"".join(lists)}</div>'
    )


def names(found: Names | None, collection: str | None = None) -> str:
    """Whom and what the articles name most, and the stories that several carry; or how far the count is."""
    title = f'<h2 class="hb-section">{escape(text("figures.names"))}</h2>'
    if found is None or not found.read:
        progress = "" if found and found.is_final else _progress(found)
        return title + (progress or f'<p class="hb-note">{escape(text("figures.no_names"))}</p>')
    lists = [
        _list(_asking(found.people[:SHOWN], "figures.ask_person", collection), text("figures.people")),
        _list(_asking(found.places[:SHOWN], "figures.ask_place", collection), text("figures.places")),
        _list(
            _asking(found.organisations[:SHOWN], "figures.ask_organisation", collection),
            text("figures.organisations"),
        ),
    ]
    note = _progress(found) or f'<p class="hb-note">{escape(_sampled(found))}</p>'
    return (
        f'{title}{note}<div class="hb-lists hb-three">{"".join(lists)}</div>'
        f"{_stories(found.stories, collection)}"
    )


def question_link(question: str, collection: str | None) -> str:
    """The address of the question page with this question in its box."""
    return _address("ask", hoi=question, **({"kho": collection} if collection else {}))


# ── Parts ─────────────────────────────────────────────────────────────────────────────────────────


def _tiles(archive: Archive, collection: str | None) -> str:
    tiles = [(text("figures.tile_articles"), escape(number(archive.articles)))]
    if archive.sources:
        tiles.append((text("figures.tile_sources"), escape(number(archive.source_count))))
    for key, summary in (("figures.tile_newest", archive.newest), ("figures.tile_oldest", archive.oldest)):
        if summary:
            tiles.append((text(key), _article(summary, collection)))
    if archive.undated:
        tiles.append((text("figures.tile_undated"), escape(number(archive.undated))))
    cells = "".join(f"<div><dt>{escape(name)}</dt><dd>{value}</dd></div>" for name, value in tiles)
    return f'<dl class="hb-tiles">{cells}</dl>'


def _article(summary: ArticleSummary, collection: str | None) -> str:
    title = summary.title.strip() or text("web.untitled")
    link = question_link(text("web.example_from_title", title=title), collection)
    date = escape(day(summary.published and summary.published[:10]) or "")
    return f"{date}<a{attributes({'href': link})}>{escape(title)}</a>"


def _over_time(archive: Archive) -> str:
    if not archive.intervals:
        return f'<p class="hb-note">{escape(text("figures.no_dates"))}</p>'
    bars = [Bar(interval_label(archive.step, one), one.articles) for one in archive.intervals]
    most = max(bars, key=lambda bar: bar.value)
    title = text(f"figures.by_{archive.step}")
    alternative = text(
        "figures.plot",
        title=title,
        first=bars[0].label,
        last=bars[-1].label,
        most=number(most.value),
        when=most.label,
    )
    drawn = columns(bars, title=title, alternative=alternative, heading=text(f"figures.step_{archive.step}"))
    return drawn + _without(archive.earlier, "figures.earlier")


def interval_label(step: Step, interval: Interval) -> str:
    """`05/03/2024` of a day or the week that begins with it, `03/2024` of a month, `2024` of a year."""
    start = interval.start
    return {"month": f"{start:%m/%Y}", "year": f"{start.year}"}.get(step, f"{start:%d/%m/%Y}")


def _list(bars: Sequence[Bar], title: str, note: str = "") -> str:
    if not bars or (len(bars) == 1 and not note and bars[0].link is None):
        return ""  # a single source is said above
    return f'<section class="hb-list">{ranking(bars, title=title)}{note}</section>'


def _asking(counts: Sequence[Count], key: str, collection: str | None) -> list[Bar]:
    """Bars whose names lead to a question about them."""
    return [
        Bar(one.name, one.articles, question_link(text(key, name=one.name), collection)) for one in counts
    ]


def _stories(stories: Sequence[Story], collection: str | None) -> str:
    if not stories:
        return ""
    rows = "".join(
        f"<li><a{attributes({'href': _about(story, collection)})}>{escape(_title(story))}</a>"
        f'<span class="hb-note">{escape(_told(story))}</span></li>'
        for story in stories
    )
    return (
        f'<h3 class="hb-rank-title">{escape(text("figures.stories"))}</h3><ul class="hb-stories">{rows}</ul>'
    )


def _about(story: Story, collection: str | None) -> str:
    return question_link(text("web.example_from_title", title=_title(story)), collection)


def _title(story: Story) -> str:
    return story.first.title.strip() or text("web.untitled")


def _told(story: Story) -> str:
    """`3 báo cùng đưa tin · đầu tiên: Báo Lục Yên, 12/03/2024`."""
    first = ", ".join(filter(None, (story.first.source, story.first.day)))
    told = carried(story.articles, story.papers)
    return f"{told} · {text('figures.first_told', where=first)}" if first else told


def _progress(found: Names | None) -> str:
    """How far the count is; nothing when it is done."""
    if found is not None and found.is_final:
        return ""
    if found is None or not found.planned:
        return f'<p class="hb-note">{escape(text("figures.counting_soon"))}</p>'
    said = text("figures.counting", read=number(found.read), planned=number(found.planned))
    return (
        f'<p class="hb-note">{escape(said)} <progress{attributes({"aria-label": said})} max="{found.planned}"'
        f' value="{found.read}"></progress></p>'
    )


def _sampled(found: Names) -> str:
    """From how many articles the names are: the newest, or all."""
    key = "figures.counted_newest" if found.read < found.articles else "figures.counted_all"
    return text(key, read=number(found.read), articles=number(found.articles))


def _without(count: int, key: str) -> str:
    return f'<p class="hb-note">{escape(text(key, count=number(count)))}</p>' if count else ""


def _address(page: str, **values: str) -> str:
    return f"{ADDRESSES[page]}?{urlencode(values)}"
