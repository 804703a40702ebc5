"""Pages that are built otherwise: portals of the tables' age, photo stories, live blogs, price lists …"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
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
    network,
    open_graph,
    paragraphs,
    share,
    shown,
    tags,
    trail,
    with_between,
)
from benchmarks.made_stories import Made, Story


def portal_of_tables(story: Story) -> Made:
    """A province's portal of twenty years ago: tables in tables, fonts, line breaks, no metadata."""
    caption, by = story.captions[0]
    lines = [*story.paragraphs, f"<b>{escape(story.subheading)}</b>", *story.background]
    text = "<br><br>\n".join(f"<font face='Arial' size='2'>{line}</font>" for line in lines)
    older = links(
        story.latest, "<tr><td><img src='/dot.gif'> <a href='?id={n}'>{title}</a> (12/02/2020)</td></tr>"
    )
    body = f"""<table width="980" align="center" cellpadding="0"><tr><td colspan="3"><img src="/banner.jpg"></td></tr>
<tr><td width="160" valign="top"><table>{links(("Giới thiệu", "Tin tức", "Văn bản", "Liên hệ"), "<tr><td class='menu'><a href='/{n}'>{title}</a></td></tr>")}</table></td>
<td width="600" valign="top"><table width="100%"><tr><td class="path">Trang chủ &gt; Tin tức &gt; {story.section}</td></tr>
<tr><td class="contentTitle"><font size="4" color="#003399"><b>{escape(story.title)}</b></font></td></tr>
<tr><td class="contentDate"><font size="1" color="gray">({story.moment:%d/%m/%Y %H:%M})</font></td></tr>
<tr><td class="contentSapo"><b>{escape(story.lead)}</b></td></tr>
<tr><td class="contentBody"><table align="center" width="300"><tr><td><img src="/1.jpg"></td></tr><tr><td align="center"><i>{escape(caption)}. Ảnh: {by}</i></td></tr></table>
{text}<p align="right"><b>{story.author}</b></p></td></tr>
<tr><td><a href="javascript:print()">In bài</a> | <a href="#">Gửi bài viết</a> | <a href="#top">Về đầu trang</a></td></tr>
<tr><td><b>Các tin khác:</b><table>{older}</table></td></tr></table></td>
<td width="200" valign="top"><b>Liên kết website</b></td></tr></table>
<center>Bản quyền: Cổng thông tin điện tử. Chịu trách nhiệm: Trưởng ban biên tập.</center>"""
    return made("portal of tables", story, document(f"<title>{story.site}</title>", body, attributes=""))


def ministry(story: Story) -> Made:
    """An office's site on a document server: buttons for the size of letters, counts of readers, styled spans."""
    figures = [
        f'<p style="text-align:center"><img src="/{n}.jpg"></p><p style="text-align:center"><em>{escape(caption)}</em></p>'
        for n, (caption, _) in enumerate(story.captions[:1])
    ]
    span = '<p class="MsoNormal" style="text-align:justify"><span style="font-size:14.0pt">{}</span></p>'
    lines = story.text
    text = with_between([span.format(escape(line)) for line in lines], figures)
    body = f"""{menu(story)}<div class="ms-webpart-zone"><div class="news-detail">
<div class="tools"><span>Cỡ chữ</span> <a>A-</a> <a>A</a> <a>A+</a> <a>Đọc bài viết</a> <a>Tương phản</a></div>
<h3 class="title">{escape(story.title)}</h3><span class="date">Ngày đăng: {story.moment:%d/%m/%Y | %H:%M}</span>
<span class="views">Lượt xem: 1.204</span><div class="description"><p>{escape(story.lead)}</p></div>
<div class="ExternalClassA1B2C3">{text}<p class="MsoNormal" align="right"><b>{story.author}</b></p></div>
<div class="rating">Đánh giá bài viết: <span>5/5</span></div>
<div class="other-news"><h4>Tin đã đưa</h4><ul>{links(story.latest, "<li><a href=/{n}>{title}</a> <span>(02/01/2020)</span></li>")}</ul></div></div></div>{footer(story)}"""
    return made(
        "ministry", story, document(f"<title>{escape(story.title)} - Cổng thông tin điện tử</title>", body)
    )


def photo_story(story: Story) -> Made:
    """Pictures with long captions under each other: they are the story."""
    texts = (*story.paragraphs, *story.background)
    figures = "".join(
        f'<figure class="image-full"><img data-src="/{n}.jpg"><figcaption>{escape(text)}</figcaption></figure>'
        for n, text in enumerate(texts)
    )
    body = f"""{menu(story)}<article class="photo-story">{trail(story)}<h1>{escape(story.title)}</h1>
<div class="info"><span class="author">{story.author}</span> <time datetime="{story.moment:%Y-%m-%d %H:%M}">{shown(story)}</time></div>
<h2 class="sapo">{escape(story.lead)}</h2><div class="photos">{figures}</div></article>{share()}
<section class="related"><h3>Ảnh khác</h3>{links(story.related)}</section>{footer(story)}"""
    head = open_graph(story, times=False)
    return made("photo story", story, document(head, body), body=(story.lead, *texts))


def live_blog(story: Story) -> Made:
    """Entries with their minute, the latest first."""
    texts = (*story.paragraphs, *story.background)
    start = story.moment
    entries = "".join(
        f'<li class="timeline-item"><span class="timeline-time">{start + timedelta(minutes=9 * n):%H:%M}</span>'
        f'<div class="timeline-content"><p>{escape(text)}</p></div></li>'
        for n, text in reversed(list(enumerate(texts)))
    )
    body = f"""{menu(story)}<div class="live"><h1 class="live-title">{escape(story.title)}</h1>
<div class="live-meta"><span class="live-author">{story.author}</span><span>{shown(story)}</span></div>
<div class="live-sapo"><p>{escape(story.lead)}</p></div><div class="live-body"><ul class="timeline">{entries}</ul></div>
{share()}<div class="comments"><h3>Bình luận</h3>{comments(story)}</div>
<div class="more"><h3>Tin liên quan</h3><ul>{links(story.latest)}</ul></div></div>{footer(story)}"""
    head = open_graph(story) + linked_data(story, story.moment.isoformat()).replace(
        "NewsArticle", "LiveBlogPosting"
    )
    minutes = [f"{start + timedelta(minutes=9 * n):%H:%M}" for n in range(len(texts))]
    told = [part for pair in zip(reversed(minutes), reversed(texts), strict=True) for part in pair]
    return made("live blog", story, document(head, body), body=(story.lead, *told))


def prices(story: Story) -> Made:
    """A table of prices in the text."""
    rows = [
        ("Loại", "Mua vào", "Bán ra"),
        ("Cà phê nhân", "118.500", "119.200"),
        ("Hồ tiêu", "146.000", "147.500"),
        ("Cau tươi", "62.000", "65.000"),
        ("Gạo nếp nương", "31.000", "33.500"),
    ]
    cells = "".join("<tr>" + "".join(f"<td><p>{cell}</p></td>" for cell in row) + "</tr>" for row in rows)
    table = f'<div class="table-wrap"><table border="1" class="MASTERCMS_TABLE"><tbody>{cells}</tbody></table></div>'
    caption, by = story.captions[0]
    picture = f'<figure><img src="/1.jpg"><figcaption>{escape(caption)}. Ảnh: {by}</figcaption></figure>'
    texts = each((*story.paragraphs, *story.background))
    body = f"""{menu(story)}<main><h1>{escape(story.title)}</h1><div class="detail-info"><span class="detail-author">{story.author}</span>
<span class="detail-time">{shown(story)}</span></div><div class="detail-sapo">{escape(story.lead)}</div>
<div class="detail-content">{with_between(texts, [picture, table])}</div>{tags(story)}
<div class="box-related"><h3>Tin liên quan</h3>{links(story.related)}</div></main>{footer(story)}"""
    truth = [story.lead, *story.paragraphs, *story.background]
    truth[3:3] = [" | ".join(row) for row in rows]
    page = made("prices", story, document(open_graph(story), body), body=truth)
    return replace(page, captions=(caption,))


def saved(story: Story) -> Made:
    """As a browser saves a page: a comment with the address, everything beside it in a folder."""
    page = network(story)
    text = page.content.decode().replace(
        "<!DOCTYPE html>", f"<!DOCTYPE html>\n<!-- saved from url=(0042){story.url}.html -->"
    )
    text = text.replace('src="/', 'src="./bài_files/')
    frame = '<iframe src="./bài_files/quảng-cáo.html" width="300"></iframe><script src="./bài_files/a.js"></script>'
    return replace(page, name="saved", content=text.replace("</body>", f"{frame}</body>").encode())


def taken_over(story: Story) -> Made:
    """A site that carries what others wrote: the origin in the last line, the day in the address alone."""
    url = f"{story.url}-{story.moment:%Y%m%d%H%M}00123.htm"
    texts = paragraphs(story.text)
    body = f"""{menu(story)}<div class="article"><h1 class="article__title">{escape(story.title)}</h1>
<div class="article__sapo">{escape(story.lead)}</div><div class="article__body">{texts}
<p class="author">Theo {story.author}</p></div>{share()}</div>
<div class="article__related"><h3>Tin liên quan</h3><ul>{links(story.related)}</ul></div>
<div class="article__hot"><h3>Tin nóng</h3><ul>{links(story.latest)}</ul></div>{footer(story)}"""
    head = f'<title>{escape(story.title)}</title><link rel="canonical" href="{url}"><meta property="og:site_name" content="{story.site}">'
    return made("taken over", story, document(head, body), author=f"Theo {story.author}")


def long_form(story: Story) -> Made:
    """An e-magazine: sections with their own widths, quotations set large, the day in the address."""
    day = f"{story.moment:%Y/%m/%d}"
    url = story.url.replace(".example/", f".example/{day}/")
    caption, by = story.captions[0]
    body = f"""{menu(story)}<div class="emagazine"><section class="emag-cover"><h1>{escape(story.title)}</h1></section>
<section class="emag-text"><p class="emag-sapo">{escape(story.lead)}</p>{paragraphs(story.paragraphs)}</section>
<section class="emag-photo"><figure><img data-src="/1.jpg"><figcaption>{escape(caption)}. Ảnh: {by}</figcaption></figure></section>
<section class="emag-text"><h2>{escape(story.subheading)}</h2>{paragraphs(story.background)}</section>
<section class="emag-credit"><p>Bài: {story.author}</p></section></div>
<div class="emag-more"><h3>Bài liên quan</h3>{links(story.latest)}</div>{footer(story)}"""
    head = f'<title>{escape(story.title)}</title><meta property="og:title" content="{escape(story.title)}"><meta property="og:url" content="{url}.html">'
    page = made("long form", story, document(head, body))
    return replace(page, captions=(caption,))


def blog(story: Story) -> Made:
    """A free blog: the date over the post in words, the text parted by line breaks."""
    text = "<br /><br />".join(map(escape, story.body))
    body = f"""<div id="header"><h1 class="title"><a href="/">{story.site}</a></h1></div>
<div class="date-outer"><h2 class="date-header"><span>{story.moment.day} tháng {story.moment.month}, {story.moment.year}</span></h2>
<div class="post hentry"><h3 class="post-title entry-title">{escape(story.title)}</h3>
<div class="post-body entry-content">{text}</div><div class="post-footer"><span class="post-author vcard">Đăng bởi
<span class="fn">{story.author}</span></span> <span class="post-timestamp">vào lúc {story.moment:%H:%M}</span></div></div></div>
<div id="comments"><h4>3 nhận xét:</h4>{comments(story, "<dl><dt>{0} nói...</dt><dd><p>{1}</p></dd></dl>")}</div>
<div class="sidebar"><h2>Bài đăng phổ biến</h2><ul>{links(story.latest)}</ul></div>"""
    page = made("blog", story, document(f"<title>{story.site}: {escape(story.title)}</title>", body))
    return replace(page, captions=())


def interview(story: Story) -> Made:
    """Questions in bold, answers below; the journalist in a box after the text."""
    asked = ("Thưa ông, việc này bắt đầu từ đâu?", "Người dân phản ứng ra sao?", "Điều gì khiến ông lo nhất?")
    talk = [part for pair in zip(asked, story.paragraphs, strict=False) for part in pair]
    texts = [
        f"<p><strong>- {part}</strong></p>" if part in asked else f"<p>{escape(part)}</p>" for part in talk
    ]
    texts += each(story.background)
    body = f"""{menu(story)}<div class="container"><div class="post-detail"><h1>{escape(story.title)}</h1>
<div class="post-meta"><a class="cat">{story.section}</a> | {story.moment:%H:%M ngày %d/%m/%Y}</div>
<p class="lead">{escape(story.lead)}</p><div class="post-content">{"".join(texts)}</div>
<div class="box-author"><a href="/tac-gia" rel="author">{story.author}</a></div>
<div class="hashtag">{links(story.tags, "<a href=/t/{n}>#{title}</a> ")}</div></div>
<div class="fb-comments"></div><div class="recommend"><h3>Có thể bạn quan tâm</h3>{links(story.latest)}</div></div>{footer(story)}"""
    told = (story.lead, *(f"- {part}" if part in asked else part for part in talk), *story.background)
    return made("interview", story, document(open_graph(story, times=False), body), body=told)


def with_readers(story: Story) -> Made:
    """Readers' comments and related articles in the same block as the text, without names that say so."""
    figure = "".join(
        f'<div class="pic"><img src="/1.jpg"><p><i>{escape(caption)}. Ảnh: {by}</i></p></div>'
        for caption, by in story.captions[:1]
    )
    related = links(story.related[:2], "<p><a href=/{n}><b>>>> {title}</b></a></p>")
    more = links(story.related[2:], "<p><b>Xem thêm: </b><a href=/{n}>{title}</a></p>")
    texts = each(story.paragraphs)
    after = [
        f"<p><b>{escape(story.subheading)}</b></p>",
        *each(story.background),
    ]
    body = f"""{menu(story)}<div id="content"><h1>{escape(story.title)}</h1><div class="d">{shown(story)}</div>
<p><b>{escape(story.lead)}</b></p>{with_between(texts, [figure, related])}{more}{"".join(after)}
<p align="right"><b>{story.author}</b></p>{share()}
<h4>Ý kiến bạn đọc</h4>{comments(story, "<div><p><b>{0}</b> - 2 giờ trước</p><p>{1}</p></div>")}
<h4>Tin cùng chuyên mục</h4><ul>{links(story.latest)}</ul></div>{footer(story)}"""
    head = f"<title>{escape(story.title)} - {story.site}</title><meta name='author' content='{story.site}'>"
    return made("with readers", story, document(head, body))


def lists(story: Story) -> Made:
    """The body has numbered lists and subheadings; captions are paragraphs in italics."""
    caption, by = story.captions[0]
    items = "".join(f"<li><p>{escape(text)}</p></li>" for text in story.background)
    body = f"""{menu(story)}<article class="detail"><div class="cat"><a>{story.section}</a></div><h1>{escape(story.title)}</h1>
<div class="bread-time"><span class="time">{story.moment:%d-%m-%Y - %H:%M %p}</span></div>
<div class="summary">{escape(story.lead)}</div><div class="body">{paragraphs(story.paragraphs)}
<p class="caption" style="text-align:center"><em>{escape(caption)} (Ảnh: {by}).</em></p>
<h2>{escape(story.subheading)}</h2><ol>{items}</ol>
<p style="text-align:right"><strong>{story.author}</strong></p></div></article>
<div class="list-news"><h3>Đọc thêm</h3>{links(story.related)}{links(story.latest)}</div>{footer(story)}"""
    head = open_graph(story, times=False).replace("og:description", "og:summary")
    head += f'<meta name="date" content="{story.moment:%d/%m/%Y}"><meta name="description" content="{escape(story.lead[:90])}...">'
    page = made("lists", story, document(head, body))
    return replace(page, captions=(caption,))


SPECIAL: tuple[Callable[[Story], Made], ...] = (
    portal_of_tables,
    ministry,
    photo_story,
    live_blog,
    prices,
    saved,
    taken_over,
    long_form,
    blog,
    interview,
    with_readers,
    lists,
)
