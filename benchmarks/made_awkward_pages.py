"""Pages with what real ones have and no extractor likes: a second article below the first, comments longer than
the text, advertisements for the paper itself in it, lists of links without a name, players, broken markup."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html import escape

from benchmarks.made_pages import (
    comments,
    document,
    each,
    footer,
    linked_data,
    links,
    made,
    menu,
    open_graph,
    paragraphs,
    share,
    shown,
    tags,
    trail,
    with_between,
)
from benchmarks.made_stories import Made, Story


def endless(story: Story) -> Made:
    """Scrolling on loads the next article, which was saved with the first."""
    other = [text + " Diễn biến tiếp theo sẽ được cập nhật." for text in story.related]
    following = f"""<article class="story" data-next="1"><h1>{escape(story.latest[0])}</h1><p class="sapo">{escape(other[0])}</p>
{paragraphs([" ".join(other)] * 3)}</article>"""
    body = f"""{menu(story)}<div id="feed"><article class="story"><h1>{escape(story.title)}</h1>
<div class="byline">{story.author}</div><time datetime="{story.moment.isoformat()}">{shown(story)}</time>
<p class="sapo">{escape(story.lead)}</p><div class="text">{paragraphs(story.text)}</div></article>
{following}</div>{footer(story)}"""
    return replace(made("endless", story, document(open_graph(story, times=False), body)), captions=())


def many_readers(story: Story) -> Made:
    """Comments are longer than the article."""
    talk = "".join(
        comments(story, f"<div class='c-row'><b>{{0}}</b><p>{{1}} (lần {n})</p><i>Trả lời</i></div>")
        for n in range(25)
    )
    body = f"""{menu(story)}<div class="layout"><div class="col-8"><h1 class="headline">{escape(story.title)}</h1>
<p class="info">{story.author} | {story.moment:%d/%m/%Y %H:%M}</p><p class="sapo">{escape(story.lead)}</p>
<div class="maintext">{paragraphs(story.text)}</div>
<div class="talk"><h3>Bình luận (75)</h3>{talk}</div></div></div>{footer(story)}"""
    page = made("many readers", story, document(open_graph(story), body))
    return replace(page, captions=())


def own_advertisements(story: Story) -> Made:
    """The paper speaks of itself in the middle of the text."""
    between = [
        '<p><em>Mời quý độc giả theo dõi trang của chúng tôi trên <a href="#">Google News</a>.</em></p>',
        '<div class="banner"><p>QUẢNG CÁO</p></div>',
        "<p><b>Đăng ký nhận bản tin hằng ngày để không bỏ lỡ tin nóng.</b></p>",
    ]
    texts = each(story.text)
    body = f"""{menu(story)}<div class="wrapper"><h1>{escape(story.title)}</h1><div class="time">{shown(story)}</div>
<div class="short-intro"><p>{escape(story.lead)}</p></div><div id="noidung">{with_between(texts, between)}
<p style="text-align:right"><em>{story.author}</em></p></div></div>{footer(story)}"""
    page = made("own advertisements", story, document(open_graph(story, times=False), body))
    promoted = (
        "Mời quý độc giả theo dõi trang của chúng tôi trên Google News",
        "Đăng ký nhận bản tin hằng ngày để không bỏ lỡ tin nóng",
    )
    return replace(page, captions=(), links=page.links + promoted)


def unnamed_links(story: Story) -> Made:
    """Lists of other articles in the text that nothing names; links to topics in its sentences."""
    related = f"<ul>{links(story.related[:3])}</ul>"
    words = [
        escape(text).replace(" huyện ", ' <a href="/chu-de/huyen">huyện</a> ', 1) for text in story.paragraphs
    ]
    texts = [*(f"<p>{text}</p>" for text in words), f"<h4>{escape(story.subheading)}</h4>"]
    texts += each(story.background)
    body = f"""{menu(story)}{trail(story)}<div class="bv"><h1>{escape(story.title)}</h1><p>{story.moment:%H:%M %d/%m/%Y}</p>
<p><strong>{escape(story.lead)}</strong></p>{with_between(texts, [related])}<p><strong>{story.author}</strong></p></div>
<div class="duoi"><p>Có thể bạn quan tâm</p>{links(story.latest, "<p><a href=/{n}>{title}</a></p>")}</div>{footer(story)}"""
    head = f"<title>{escape(story.title)} - {story.site}</title>"
    return replace(made("unnamed links", story, document(head, body)), captions=())


def player(story: Story) -> Made:
    """A player that reads the article aloud, a summary in points, letters set large."""
    first, *rest = story.paragraphs
    capital = f'<p><span class="dropcap">{first[0]}</span>{escape(first[1:])}</p>'
    body = f"""{menu(story)}<main class="article"><h1>{escape(story.title)}</h1>
<div class="meta"><span class="author-name">{story.author}</span><span class="publish">{shown(story)}</span></div>
<div class="audio"><span>Nghe bài viết</span><select><option>Giọng nữ miền Bắc</option><option>Giọng nam miền Nam</option></select><span>1.25x</span></div>
<p class="article-lead">{escape(story.lead)}</p><div class="article-text">{capital}{paragraphs(rest)}
<h2>{escape(story.subheading)}</h2>{paragraphs(story.background)}</div>{share()}{tags(story)}</main>
<aside><h3>Xem nhiều</h3>{links(story.latest)}</aside>{footer(story)}"""
    head = open_graph(story, times=False) + linked_data(story, f"{story.moment:%Y-%m-%d %H:%M:%S}")
    return replace(made("player", story, document(head, body)), captions=())


def broken(story: Story) -> Made:
    """Paragraphs that are never closed, headings in fonts, a second title in the text."""
    lines = "\n<p>".join(map(escape, story.body))
    body = f"""<center><h2>{story.site}</h2></center><hr><div align=justify><p><font size=5><b>{escape(story.title)}</b></font>
<p><font size=1>Cập nhật: {story.moment:%H:%M - %d/%m/%Y}</font><p>{lines}<p align=right><i>{story.author}</i></div>
<hr><p><b>Tin mới hơn</b>{links(story.latest, "<br><a href=/{n}>{title}</a>")}<p>Thiết kế: Trung tâm Công nghệ thông tin"""
    head = f"<title>{escape(story.title)}</title>"
    return replace(made("broken", story, document(head, body, attributes="")), captions=())


def galleries(story: Story) -> Made:
    """Captions without a name below pictures in blocks; a gallery at the end."""
    figures = [
        f'<div class="item-photo"><img src="/{n}.jpg"><span>{escape(caption)}. Ảnh: {by}</span></div>'
        for n, (caption, by) in enumerate(story.captions)
    ]
    texts = each(story.text)
    body = f"""{menu(story)}<section class="detail-wrap"><h1 class="title-page">{escape(story.title)}</h1>
<div class="line-date"><span>{story.section}</span> <span>{shown(story)}</span></div>
<h2 class="intro">{escape(story.lead)}</h2><div class="the-content">{with_between(texts, figures[:2])}
<div class="gallery">{"".join(figures[2:])}</div><div class="name-author"><strong>{story.author}</strong></div></div>
<div class="box-tinlienquan"><h3>Tin liên quan</h3>{links(story.related)}</div></section>{footer(story)}"""
    return made("galleries", story, document(open_graph(story, times=False), body))


def aggregator(story: Story) -> Made:
    """A collector of news: the origin named beside its logo, a link to it at the end."""
    body = f"""<div class="shell">{menu(story)}<div class="article-container"><h1 class="article__header">{escape(story.title)}</h1>
<div class="article__meta"><a class="source"><img src="/logo.png" alt="{story.site}"></a><time class="friendly" datetime="{story.moment:%Y-%m-%dT%H:%M:%S.000%z}">2 giờ trước</time></div>
<h3 class="article__sapo">{escape(story.lead)}</h3><div class="article__body">
{paragraphs(story.text, "p", 'class="body-text"')}
<p class="body-text body-author"><strong>{story.author}</strong></p></div>
<div class="article__action"><span>Nguồn </span><a href="{story.url}">{story.url}</a></div>{tags(story)}
<div class="article__suggest"><h4>Tin liên quan</h4>{links(story.latest, "<h5><a href=/{n}>{title}</a></h5>")}</div></div></div>{footer(story)}"""
    return replace(made("aggregator", story, document(open_graph(story, times=False), body)), captions=())


AWKWARD: tuple[Callable[[Story], Made], ...] = (
    endless,
    many_readers,
    own_advertisements,
    unnamed_links,
    player,
    broken,
    galleries,
    aggregator,
)
