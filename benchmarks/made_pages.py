"""Pages with the structures of today's Vietnamese news sites, around stories that we know.

Each layout is how a kind of site builds its pages: which elements and class names it uses, where sapo,
captions, author and related links stand, in which forms it gives the date.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC
from html import escape

from benchmarks.made_stories import Made, Story

_WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ Nhật")
_GREY = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="


def made(
    name: str, story: Story, page: str, *, body: Sequence[str] | None = None, author: str | None = None
) -> Made:
    """The page with its truth: all of the story unless told otherwise."""
    return Made(
        name=name,
        suffix=".html",
        content=page.encode(),
        title=story.title,
        body=tuple(story.body if body is None else body),
        day=f"{story.moment:%Y-%m-%d}",
        author=story.author if author is None else author,
        captions=tuple(caption for caption, _ in story.captions) if body is None else (),
        links=story.related + story.latest,
        comments=tuple(words for _, words in story.comments),
    )


# ── Parts that many sites share ───────────────────────────────────────────────────────────────────


def document(head: str, body: str, *, attributes: str = 'lang="vi"') -> str:
    return f'<!DOCTYPE html>\n<html {attributes}><head><meta charset="utf-8">{head}</head><body>{body}</body></html>'


def paragraphs(texts: Sequence[str], tag: str = "p", attributes: str = "") -> str:
    opening = f"{tag} {attributes}".strip()
    return "\n".join(f"<{opening}>{escape(text)}</{tag}>" for text in texts)


def open_graph(story: Story, *, times: bool = True) -> str:
    fields = {
        "og:title": story.title,
        "og:site_name": story.site,
        "og:type": "article",
        "og:description": story.lead,
        "og:url": f"{story.url}.html",
        "og:image": f"{story.url}.jpg",
    }
    if times:
        fields["article:published_time"] = story.moment.isoformat()
        fields["article:modified_time"] = story.moment.replace(day=28).isoformat()
    metas = "".join(f'<meta property="{key}" content="{escape(value)}">' for key, value in fields.items())
    return f'<title>{escape(story.title)} - {story.site}</title><link rel="canonical" href="{story.url}.html">{metas}'


def linked_data(story: Story, moment: str, *, graph: bool = False) -> str:
    article = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": story.title,
        "description": story.lead,
        "datePublished": moment,
        "dateModified": story.moment.replace(day=28).isoformat(),
        "author": {"@type": "Person", "name": story.author},
        "publisher": {"@type": "Organization", "name": story.site},
    }
    trail = {"@type": "BreadcrumbList", "itemListElement": [{"position": 1, "name": story.section}]}
    data = {"@context": "https://schema.org", "@graph": [trail, article]} if graph else article
    return f'<script type="application/ld+json">{json.dumps(data, ensure_ascii=False)}</script>'


def menu(story: Story) -> str:
    sections = (
        "Thời sự",
        "Thế giới",
        "Kinh tế",
        "Văn hóa",
        "Thể thao",
        "Giáo dục",
        "Sức khỏe",
        story.section,
    )
    items = "".join(f'<li><a href="/{n}" title="{name}">{name}</a></li>' for n, name in enumerate(sections))
    return f'<header class="header"><a href="/" class="logo">{story.site}</a><nav><ul>{items}</ul></nav></header>'


def trail(story: Story) -> str:
    return f'<ul class="breadcrumb"><li><a href="/">Trang chủ</a></li><li><a href="/s">{story.section}</a></li></ul>'


def links(titles: Sequence[str], item: str = "<li><a href='/{n}' title='{title}'>{title}</a></li>") -> str:
    return "".join(item.format(n=n, title=escape(title)) for n, title in enumerate(titles))


def share() -> str:
    return (
        '<div class="social-share"><a href="#">Chia sẻ</a><a href="#">Facebook</a><a href="#">Zalo</a>'
        '<a href="#">Sao chép liên kết</a><span>Lưu bài viết</span></div>'
    )


def tags(story: Story) -> str:
    return f'<div class="tags"><span>Từ khóa:</span>{links(story.tags, "<a href=/t/{n}>{title}</a> ")}</div>'


def comments(
    story: Story, item: str = '<div class="item-comment"><b>{0}</b><p>{1}</p><a>Thích</a></div>'
) -> str:
    return "".join(item.format(escape(reader), escape(words)) for reader, words in story.comments)


def footer(story: Story) -> str:
    return (
        f'<footer class="footer"><p>© Bản quyền thuộc về {story.site}. Giấy phép số 88/GP-BTTTT do Bộ Thông tin '
        "và Truyền thông cấp. Tổng biên tập: Ngô Thị Mẫu.</p><p>Ghi rõ nguồn khi phát hành lại thông tin từ "
        "trang này.</p></footer>"
    )


def shown(story: Story) -> str:
    """`Thứ Ba, 12/3/2024, 16:58 (GMT+7)`"""
    moment = story.moment
    return f"{_WEEKDAYS[moment.weekday()]}, {moment.day}/{moment.month}/{moment:%Y, %H:%M} (GMT+7)"


def with_between(texts: Sequence[str], between: Sequence[str]) -> str:
    """Paragraphs with something else after the first, the second …"""
    pieces = []
    for number, text in enumerate(texts):
        pieces.append(text)
        pieces += between[number : number + 1]
    return "\n".join(pieces)


def each(texts: Sequence[str], attributes: str = "") -> list[str]:
    return [paragraphs([text], "p", attributes) for text in texts]


def with_heading(story: Story, tag: str) -> list[str]:
    """The text below the lead, paragraph by paragraph, the subheading in an element of this kind."""
    return [*each(story.paragraphs), paragraphs([story.subheading], tag), *each(story.background)]


# ── Layouts ───────────────────────────────────────────────────────────────────────────────────────


def daily(story: Story) -> Made:
    """A large daily: sapo with a place before it, lazy images, the author in bold at the right below."""
    figures = [
        f'<figure class="tplCaption" data-size="true"><div class="fig-picture"><picture><img src="{_GREY}" '
        f'data-src="/{n}.jpg" class="lazy" alt="{escape(story.title)}"></picture><noscript><img src="/{n}.jpg">'
        f'</noscript></div><figcaption><p class="Image">{escape(caption)}. Ảnh: <em>{by}</em></p></figcaption></figure>'
        for n, (caption, by) in enumerate(story.captions)
    ]
    figures[1] += f'<ul class="list-news gaBoxLinkDisplay">{links(story.related[:2])}</ul>'
    subheading = f'<p class="Normal"><strong>{escape(story.subheading)}</strong></p>'
    texts = [
        *each(story.paragraphs, 'class="Normal"'),
        subheading,
        *each(story.background, 'class="Normal"'),
    ]
    body = f"""{menu(story)}<section class="section page-detail"><div class="sidebar-1">
<div class="header-content">{trail(story)}<span class="date">{shown(story)}</span></div>
<h1 class="title-detail">{escape(story.title)}</h1>
<p class="description"><span class="location-stamp">Lam Giang</span>{escape(story.lead)}</p>
<article class="fck_detail">{with_between(texts, figures)}
<p class="Normal" style="text-align:right;"><strong>{story.author}</strong></p></article>
{share()}{tags(story)}<div id="box_comment_vne"><h3>Ý kiến (3)</h3>{comments(story)}</div>
<div class="box-category"><h2>Tin cùng chuyên mục</h2>{links(story.latest)}</div></div></section>{footer(story)}"""
    pubdate = f'<meta name="pubdate" content="{story.moment.isoformat()}"><meta name="its_publication" content="{int(story.moment.timestamp())}">'
    return made("daily", story, document(open_graph(story, times=False) + pubdate, body))


def network(story: Story) -> Made:
    """The software that a dozen papers share: boxes of its own kinds inside the body."""
    figures = [
        f'<figure class="VCSortableInPreviewMode" type="Photo"><div><img src="/{n}.jpg" alt="{escape(caption)} - Ảnh 1.">'
        f'</div><figcaption class="PhotoCMS_Caption"><p data-placeholder="Nhập chú thích ảnh">{escape(caption)} - Ảnh: {by}'
        "</p></figcaption></figure>"
        for n, (caption, by) in enumerate(story.captions)
    ]
    figures[0] += (
        f'<div class="VCSortableInPreviewMode" type="RelatedOneNews"><a href="/r" title="x"><img src="/r.jpg"></a>'
        f'<div class="VCObjectBoxRelatedNewsItemSapo"><a href="/r">{escape(story.related[0])}</a></div></div>'
    )
    texts = with_heading(story, "h2")
    body = f"""{menu(story)}<div class="detail__main"><div class="detail-top"><a data-role="cate-name">{story.section}</a>
<div class="detail-time"><div data-role="publishdate">{story.moment:%d/%m/%Y %H:%M} GMT+7</div></div></div>
<h1 class="detail-title article-title" data-role="title">{escape(story.title)}</h1>
<div class="author-info"><a class="name" title="{story.author}">{story.author}</a></div>{share()}
<h2 class="detail-sapo" data-role="sapo">{escape(story.lead)}</h2>
<div class="detail-content afcbc-body" data-role="content">{with_between(texts, figures)}</div>
<div class="detail-tab"><a>Trở lại chủ đề</a></div>{tags(story)}
<div class="detail__cm-bottom"><h4>Bình luận (3)</h4><ul>{comments(story, "<li><span>{0}</span><p>{1}</p></li>")}</ul></div>
<div class="box-news"><h3>Tin liên quan</h3>{links(story.latest)}</div></div>{footer(story)}"""
    head = open_graph(story) + linked_data(story, story.moment.isoformat())
    return made("network", story, document(head, body))


def pictures_in_tables(story: Story) -> Made:
    """An online paper that sets pictures as tables, related articles as boxes in the text."""
    figures = [
        f'<table class="picture" align="center"><tbody><tr><td class="pic"><img src="/{n}.jpg" title="{escape(story.title)}"></td>'
        f'</tr><tr><td class="pCaption caption">{escape(caption)}. Ảnh: {by}.</td></tr></tbody></table>'
        for n, (caption, by) in enumerate(story.captions)
    ]
    figures[1] += (
        f'<div class="inner-article"><a href="/i"><img src="/i.jpg"><h2 class="title">{escape(story.related[0])}</h2>'
        f'<p class="summary">{escape(story.related[1])}</p></a></div>'
    )
    texts = with_heading(story, "h3")
    body = f"""{menu(story)}<article class="the-article"><header class="the-article-header">
<p class="the-article-category"><a>{story.section}</a></p><h1 class="the-article-title">{escape(story.title)}</h1>
<ul class="the-article-meta"><li class="the-article-author"><a>{story.author}</a></li>
<li class="the-article-publish">{shown(story)}</li></ul></header><section class="main">
<p class="the-article-summary">{escape(story.lead)}</p>
<div class="the-article-body">{with_between(texts, figures)}</div>
<p class="the-article-tags">{links(story.tags, "<a href=/t/{n}>{title}</a>, ")}</p>{share()}
<section class="recommendation"><h3>Bạn có thể quan tâm</h3>{links(story.latest, "<article><h2><a href=/{n}>{title}</a></h2></article>")}</section>
<section id="comment"><h3>Bình luận</h3>{comments(story)}</section></section></article>{footer(story)}"""
    head = open_graph(story, times=False)
    head += f'<meta property="article:published_time" content="{story.moment:%Y-%m-%dT%H:%M:%S%z}">'
    return made("pictures in tables", story, document(head, body))


def microdata(story: Story) -> Made:
    """Schema.org in the elements themselves; captions in plain blocks."""
    figures = [
        f'<div class="image-wrap" style="text-align:center"><img src="/{n}.jpg" itemprop="image">'
        f'<div class="image-caption"><em>{escape(caption)} (ảnh: {by})</em></div></div>'
        for n, (caption, by) in enumerate(story.captions)
    ]
    texts = with_heading(story, "h3")
    body = f"""{menu(story)}<main itemscope itemtype="https://schema.org/NewsArticle">{trail(story)}
<h1 itemprop="headline">{escape(story.title)}</h1><div class="meta">
<time itemprop="datePublished" datetime="{story.moment.isoformat()}">{shown(story)}</time>
<span itemprop="author" itemscope itemtype="https://schema.org/Person"><span itemprop="name">{story.author}</span></span></div>
<div class="sapo" itemprop="description"><strong>{escape(story.lead)}</strong></div>
<div class="content-detail" itemprop="articleBody">{with_between(texts, figures)}</div>
<div class="related-news"><p><strong>Xem thêm:</strong></p><ul>{links(story.related)}</ul></div>{share()}{tags(story)}
<div class="comment-box"><h3>Bình luận</h3>{comments(story)}</div></main>
<aside class="right"><h3>Đọc nhiều</h3><ul>{links(story.latest)}</ul></aside>{footer(story)}"""
    head = f"<title>{escape(story.title)} | {story.site}</title><meta name='description' content='{escape(story.lead)}'>"
    return made("microdata", story, document(head, body))


def blog_software(story: Story) -> Made:
    """The commonest blog software, with which many small magazines work."""
    figures = [
        f'<figure id="attachment_{n}" class="wp-caption aligncenter"><img class="size-full" src="/{n}.jpg">'
        f'<figcaption class="wp-caption-text">{escape(caption)}. Ảnh: {by}</figcaption></figure>'
        for n, (caption, by) in enumerate(story.captions)
    ]
    texts = [f"<p><strong>{escape(story.lead)}</strong></p>", *each(story.paragraphs)]
    texts += [f"<h2>{escape(story.subheading)}</h2>", *each(story.background)]
    body = f"""{menu(story)}<div id="primary"><main class="site-main"><article class="post type-post hentry">
<header class="entry-header"><span class="cat-links"><a rel="category tag">{story.section}</a></span>
<h1 class="entry-title">{escape(story.title)}</h1><div class="entry-meta"><span class="posted-on">
<time class="entry-date published" datetime="{story.moment.isoformat()}">{story.moment:%d/%m/%Y}</time></span>
<span class="byline"><span class="author vcard"><a class="url fn n">{story.author}</a></span></span></div></header>
<div class="entry-content">{with_between(texts, figures)}
<div class="sharedaddy sd-sharing-enabled"><h3 class="sd-title">Chia sẻ:</h3><ul><li><a>Twitter</a></li></ul></div>
<div id="jp-relatedposts" class="jp-relatedposts"><h3>Có liên quan</h3>{links(story.related, "<p><a href=/{n}>{title}</a></p>")}</div></div>
<footer class="entry-footer"><span class="tags-links">{links(story.tags, "<a>{title}</a>")}</span></footer></article>
<div id="comments" class="comments-area"><h2>3 bình luận</h2><ol class="comment-list">{comments(story, "<li class=comment><b class=fn>{0}</b><div class=comment-content><p>{1}</p></div></li>")}</ol></div>
</main></div><aside class="widget-area"><h2>Bài mới</h2><ul>{links(story.latest)}</ul></aside>{footer(story)}"""
    return made("blog software", story, document(open_graph(story), body))


def amp(story: Story) -> Made:
    """A page for telephones in the form that search engines keep."""
    figures = [
        f'<figure><amp-img src="/{n}.jpg" width="680" height="400" layout="responsive"></amp-img>'
        f"<figcaption>{escape(caption)}. Ảnh: {by}</figcaption></figure>"
        for n, (caption, by) in enumerate(story.captions)
    ]
    texts = with_heading(story, "h2")
    body = f"""<amp-sidebar id="menu"><ul>{links(("Thời sự", "Kinh tế", "Thể thao"))}</ul></amp-sidebar>
<article class="amp-article"><h1 class="amp-title">{escape(story.title)}</h1>
<div class="amp-meta">{story.author} - {story.moment:%d/%m/%Y %H:%M}</div><p class="amp-sapo">{escape(story.lead)}</p>
<amp-ad type="doubleclick" width="300" height="250"></amp-ad>
<div class="amp-body">{with_between(texts, figures)}</div>
<amp-social-share type="facebook"></amp-social-share></article>
<section class="amp-related"><h3>Tin liên quan</h3><ul>{links(story.related)}</ul><h3>Tin mới</h3><ul>{links(story.latest)}</ul></section>
{footer(story)}"""
    head = f"<title>{escape(story.title)}</title>{linked_data(story, story.moment.isoformat())}"
    return made("AMP", story, document(head, body, attributes='amp lang="vi"'))


def application(story: Story) -> Made:
    """Built by a program in the browser: class names without meaning, the date in UTC, state beside it."""
    figures = [
        f'<div class="css-1f{n}k"><img src="/{n}.jpg" loading="lazy"><span class="css-caption-9">{escape(caption)} | Ảnh: {by}</span></div>'
        for n, (caption, by) in enumerate(story.captions)
    ]
    texts = [paragraphs([text], "div", 'class="css-p7"') for text in story.paragraphs]
    texts += [f'<div class="css-h3">{escape(story.subheading)}</div>']
    texts += [paragraphs([text], "div", 'class="css-p7"') for text in story.background]
    state = json.dumps(
        {"props": {"article": {"body": story.paragraphs, "title": story.title}}}, ensure_ascii=False
    )
    body = f"""<div id="__next"><div class="css-top">{menu(story)}</div><div class="css-w1"><h1 class="css-t1">{escape(story.title)}</h1>
<div class="css-m2"><span>{story.author}</span><span>{story.moment:%H:%M | %d/%m/%Y}</span></div>
<div class="css-lead">{escape(story.lead)}</div><div class="css-body">{with_between(texts, figures)}</div>
<div class="css-share">{share()}</div><div class="css-rel"><div>Đọc tiếp</div>{links(story.related, "<div><a href=/{n}>{title}</a></div>")}</div>
<div class="css-side"><div>Mới nhất</div>{links(story.latest, "<div><a href=/{n}>{title}</a></div>")}</div></div>{footer(story)}</div>
<script id="__NEXT_DATA__" type="application/json">{state}</script>"""
    moment = f"{story.moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.000Z}"
    head = open_graph(story, times=False) + linked_data(story, moment, graph=True)
    return made("application", story, document(head, body))


def mobile(story: Story) -> Made:
    """The telephone's page of a paper: everything in one column of sections."""
    figures = [
        f'<div class="img-box"><img class="lazyload" data-original="/{n}.jpg"><p class="txt-caption">{escape(caption)} - '
        f"Ảnh: {by}</p></div>"
        for n, (caption, by) in enumerate(story.captions)
    ]
    figures[1] += f'<p class="link-inner"><a href="/r">&gt;&gt; {escape(story.related[0])}</a></p>'
    texts = [*each(story.paragraphs), f"<p><b>{escape(story.subheading)}</b></p>", *each(story.background)]
    body = f"""<div class="m-header"><a href="/">{story.site}</a></div><section class="m-detail">
<h1 class="m-title">{escape(story.title)}</h1><p class="m-time">{shown(story)}</p>
<p class="m-sapo"><b>{escape(story.lead)}</b></p><div class="m-content">{with_between(texts, figures)}
<p class="m-author"><b>{story.author}</b></p></div></section>
<section class="m-box"><h3>Tin cùng chuyên mục</h3>{links(story.latest, "<div class=m-item><a href=/{n}>{title}</a></div>")}</section>
<section class="m-cmt"><h3>Bình luận</h3>{comments(story)}</section>{footer(story)}"""
    head = f"<title>{escape(story.title)}</title><meta property='og:title' content='{escape(story.title)}'>"
    head += f"<meta name='viewport' content='width=device-width'><meta property='og:url' content='{story.url}.html'>"
    return made("mobile", story, document(head, body))


MODERN: tuple[Callable[[Story], Made], ...] = (
    daily,
    network,
    pictures_in_tables,
    microdata,
    blog_software,
    amp,
    application,
    mobile,
)
