from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from rag.articles.read import find_files, read_articles
from rag.errors import ArticleError
from rag.types import Article

PARAGRAPHS = (
    "Sáng 12/3, cầu Bạch Lạp nối hai bờ sông Lục Yên chính thức thông xe, sớm hai tháng so với kế hoạch.",
    "Cầu dài 1.240 m, rộng 22 m, có bốn làn xe và hai lối đi bộ. Tổng mức đầu tư là 870 tỷ đồng.",
    "Ông Lò Văn Páo, trưởng bản Nà Lạng, nói từ nay học sinh không phải đi phà qua sông vào mùa nước lớn.",
)
LEAD = "Cây cầu 870 tỷ đồng rút ngắn đường từ thị trấn Yên Sơn sang bờ bắc sông Lục Yên còn năm phút."
PAGE = f"""<!DOCTYPE html>
<html lang="vi"><head><meta charset="utf-8">
<title>Thông xe cầu Bạch Lạp - Báo Lục Yên</title>
<link rel="canonical" href="https://baolucyen.example/cau-bach-lap.html">
<meta property="og:title" content="Thông xe cầu Bạch Lạp">
<meta property="og:site_name" content="Báo Lục Yên">
<meta name="description" content="{LEAD}">
<meta property="article:published_time" content="2024-03-12T16:58:00+07:00">
<script>window.tracking = "không phải bài"</script>
</head><body>
<nav><ul><li><a href="/">Trang chủ</a></li><li><a href="/the-thao">Thể thao</a></li></ul></nav>
<article><h1>Thông xe cầu Bạch Lạp</h1>
{"".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)}
</article>
<aside><h3>Tin liên quan</h3><ul><li><a href="/a">Đò ngang dừng chạy</a></li></ul></aside>
<section class="comments"><h3>Bình luận</h3><p>Hay quá, mong cầu bền lâu!</p></section>
<footer>Giấy phép số 12/GP-BTTTT. Cơ quan chủ quản: UBND tỉnh.</footer>
</body></html>"""


def linked(day: str, **fields: object) -> str:
    """Linked data that says when the page was published."""
    said = json.dumps([{"a": {"datePublished": day, **fields}}], ensure_ascii=False)
    return f'<script type="application/ld+json">{said}</script>'


def read(path: Path) -> tuple[list[Article], list[str]]:
    """What was read, and the keys of what was reported."""
    problems: list[ArticleError] = []
    return list(read_articles(path, problems.append)), [problem.key for problem in problems]


def saved(folder: Path, name: str, page: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(page if isinstance(page, bytes) else page.encode())
    return path


def test_the_article_of_a_saved_page(tmp_path: Path) -> None:
    (article,), problems = read(saved(tmp_path, "cầu Bạch Lạp.html", PAGE))
    assert problems == []
    assert article.text.split("\n\n") == [LEAD, *PARAGRAPHS]
    assert (article.id, article.title) == ("cầu Bạch Lạp", "Thông xe cầu Bạch Lạp")
    assert (article.published, article.source) == ("2024-03-12T16:58:00+07:00", "Báo Lục Yên")
    assert article.published_from == "page"
    assert article.url == "https://baolucyen.example/cau-bach-lap.html"


def test_a_packed_page_and_an_old_suffix(tmp_path: Path) -> None:
    for name, content in (("a.html.gz", gzip.compress(PAGE.encode())), ("b.htm", PAGE.encode("utf-16"))):
        (article,), problems = read(saved(tmp_path, name, content))
        assert (article.text.split("\n\n")[1:], problems) == ([*PARAGRAPHS], [])


@pytest.mark.parametrize(
    ("head", "published"),
    [
        ('<meta itemprop="datePublished" content="2024-03-12T08:00:00+07:00">', "2024-03-12T08:00:00+07:00"),
        ('<meta name="pubdate" content="12/03/2024 16:58">', "2024-03-12T16:58:00+07:00"),
        (
            linked("2024-03-12T09:30:00Z"),
            "2024-03-12T16:30:00+07:00",
        ),
        (
            f'<time datetime="2020-01-01"></time>{linked("2024-03-12")}',
            "2024-03-12",
        ),
        (
            '<script type="application/ld+json">{broken</script><meta name="date" content="2024-03-11">',
            "2024-03-11",
        ),
    ],
)
def test_when_it_was_published_is_the_pages_own_word(tmp_path: Path, head: str, published: str) -> None:
    own = '<meta property="article:published_time" content="2024-03-12T16:58:00+07:00">'
    (article,), _ = read(saved(tmp_path, "a.html", PAGE.replace(own, head)))
    assert article.published == published


def test_a_description_that_breaks_off_is_no_lead(tmp_path: Path) -> None:
    (article,), _ = read(saved(tmp_path, "a.html", PAGE.replace(LEAD, "Cây cầu 870 tỷ đồng rút ngắn…")))
    assert article.text.split("\n\n") == [*PARAGRAPHS]


def test_a_web_archive(tmp_path: Path) -> None:
    archive = (
        "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=B\r\n\r\n"
        "--B\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
        "Content-Location: https://baolucyen.example/cau-bach-lap.html\r\n\r\n"
        f"{PAGE}\r\n--B\r\nContent-Type: image/png\r\n\r\nx\r\n--B--\r\n"
    )
    (article,), problems = read(saved(tmp_path, "a.mhtml", archive))
    assert (article.text.split("\n\n"), problems) == ([LEAD, *PARAGRAPHS], [])
    assert article.url == "https://baolucyen.example/cau-bach-lap.html"


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.html", "<html><body><nav><a href='/'>Trang chủ</a></nav></body></html>", "articles.no_article"),
        ("a.html", "<!-- -->", "articles.broken_page"),
        ("a.html", "", "articles.empty_file"),
        ("a.html", "<html>\0", "articles.binary_file"),
        ("a.mhtml", "MIME-Version: 1.0\r\nContent-Type: image/png\r\n\r\nx", "articles.no_article"),
        (
            "a.mhtml",
            "MIME-Version: 1.0\r\nContent-Type: text/html; charset=klingon\r\n\r\n<p>x</p>",
            "articles.broken_page",
        ),
    ],
)
def test_what_is_no_article_is_named(tmp_path: Path, name: str, content: str, problem: str) -> None:
    assert read(saved(tmp_path, name, content)) == ([], [problem])


def test_hostile_pages_end(tmp_path: Path) -> None:
    deep = "<div>" * 50_000 + PARAGRAPHS[0] + "</div>" * 50_000
    entities = '<!DOCTYPE html [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><p>&b;' + "".join(PARAGRAPHS)
    for page in (deep, entities, PAGE.replace("<p>", "<p>" * 2_000)):
        articles, problems = read(saved(tmp_path, "a.html", page))
        assert len(articles) + len(problems) == 1
        assert all("haha" not in article.text for article in articles)


def test_markup_of_the_page_is_no_text(tmp_path: Path) -> None:
    page = PAGE.replace("<p>Cầu dài", "<p><img src=x onerror=alert(1)><script>alert(2)</script>Cầu dài")
    (article,), _ = read(saved(tmp_path, "a.html", page))
    assert "alert" not in article.text
    assert PARAGRAPHS[1] in article.text


def test_what_a_browser_saves_beside_a_page_is_not_searched(tmp_path: Path) -> None:
    page = saved(tmp_path, "a.html", PAGE)
    beside = tmp_path / "a_files"
    beside.mkdir()
    saved(beside, "frame.html", PAGE)
    assert list(find_files([tmp_path])) == [page]


# ── What the page says ────────────────────────────────────────────────────────────────────────────


def shown(
    tmp_path: Path, body: str, *, head: str = "<title>Thông xe cầu Bạch Lạp - Báo Lục Yên</title>"
) -> Article:
    """The one article of a page."""
    page = f'<html><head><meta charset="utf-8">{head}</head><body>{body}</body></html>'
    (article,), problems = read(saved(tmp_path, "a.html", page))
    assert problems == []
    return article


TEXT = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (
            "<title>Báo Lục Yên: Thông xe cầu Bạch Lạp</title>",
            "<h1>Báo Lục Yên số ra</h1><h3>Thông xe cầu Bạch Lạp</h3>",
        ),
        ("<title>Cổng tin Lục Yên</title>", "<div class='contentTitle'>Thông xe cầu Bạch Lạp</div>"),
        (
            "<title>Thông xe cầu Bạch Lạp</title>",
            "<h2>Báo Lục Yên điện tử</h2><p><font><b>Thông xe cầu Bạch Lạp</b></font></p>",
        ),
        (linked("2024-03-12", headline="Thông xe cầu Bạch Lạp"), ""),
        (
            "<meta property='og:title' content='Thông xe cầu Bạch Lạp'>",
            "<h1>Giao thông miền núi hôm nay</h1>",
        ),
    ],
)
def test_the_headline(tmp_path: Path, head: str, body: str) -> None:
    article = shown(tmp_path, f"{body}<div>{TEXT}</div>", head=head)
    assert (article.title, article.text.split("\n\n")) == ("Thông xe cầu Bạch Lạp", [*PARAGRAPHS])


def test_the_sapo_is_found_by_its_name_when_the_description_breaks_off(tmp_path: Path) -> None:
    cut = f'<title>Thông xe cầu Bạch Lạp</title><meta name="description" content="{LEAD[:50]}...">'
    for name in ("detail-sapo", "the-article-summary", "contentSapo", "tom-tat"):
        body = f"<h1>Thông xe cầu Bạch Lạp</h1><h2 class='{name}'>{LEAD}</h2><div>{TEXT}</div>"
        assert shown(tmp_path, body, head=cut).text.split("\n\n") == [LEAD, *PARAGRAPHS]


def test_a_place_before_the_sapo_is_no_part_of_it(tmp_path: Path) -> None:
    head = f'<title>Thông xe cầu Bạch Lạp</title><meta name="description" content="{LEAD}">'
    body = f"<p class='description'><span>Lục Yên</span>{LEAD}</p><div>{TEXT}</div>"
    assert shown(tmp_path, body, head=head).text.split("\n\n") == [LEAD, *PARAGRAPHS]


@pytest.mark.parametrize(
    ("head", "body", "author"),
    [
        ('<meta name="author" content="Hà Lam">', "", "Hà Lam"),
        ('<meta name="author" content="Báo Lục Yên">', '<a rel="author">Hà Lam</a>', "Hà Lam"),
        ('<meta property="og:site_name" content="Tin Núi"><meta name="author" content="Tin Núi">', "", None),
        (
            '<link rel="canonical" href="https://lucyen.example/a"><meta name="author" content="LucYen">',
            "",
            None,
        ),
        ("", '<span class="author-name">Đăng bởi H.Lâm</span>', "H.Lâm"),
        ("", '<span itemprop="author"><span>Hà Lam - Vi Khôi</span></span>', "Hà Lam - Vi Khôi"),
        ("", '<div class="author-box">Hãy theo dõi chúng tôi</div>', None),
        ("", '<div class="author">Ban biên tập</div>', None),
        (
            linked(
                "2024-03-12", author=[{"@type": "Person", "name": name} for name in ("Hà Lam", "Vi Khôi")]
            ),
            "",
            "Hà Lam, Vi Khôi",
        ),
        (
            linked("2024-03-12", author={"name": "Tin Núi"}, publisher={"name": "Tin Núi"}),
            "",
            None,
        ),
    ],
)
def test_who_wrote_it(tmp_path: Path, head: str, body: str, author: str | None) -> None:
    title = "<title>Thông xe cầu Bạch Lạp</title>"
    assert (
        shown(tmp_path, f"<h1>Thông xe cầu Bạch Lạp</h1>{body}<div>{TEXT}</div>", head=title + head).author
        == author
    )


@pytest.mark.parametrize(
    ("head", "body", "published", "origin"),
    [
        ("", "<p class='d'>Thứ Ba, 12/3/2024, 16:58 (GMT+7)</p>", "2024-03-12T16:58:00+07:00", "text"),
        ("", "<div>Hà Lam<span>16:58 | 12/03/2024</span></div>", "2024-03-12T16:58:00+07:00", "text"),
        ("", "<time datetime='2024-03-12 16:58'>2 giờ trước</time>", "2024-03-12T16:58:00+07:00", "page"),
        (
            '<link rel="canonical" href="https://baolucyen.example/cau-20240312165800123.htm">',
            "",
            "2024-03-12",
            "url",
        ),
        (
            '<meta property="og:url" content="https://baolucyen.example/2024/03/12/cau.html">',
            "",
            "2024-03-12",
            "url",
        ),
        # the text goes before the address, and a list of others is asked neither
        (
            '<link rel="canonical" href="https://baolucyen.example/2024/03/13/cau.html">',
            "<ul><li>01/01/2020</li></ul><p>12/03/2024 16:58</p>",
            "2024-03-12T16:58:00+07:00",
            "text",
        ),
        ("", "", None, None),
    ],
)
def test_when_it_was_published_without_metadata(
    tmp_path: Path, head: str, body: str, published: str | None, origin: str | None
) -> None:
    title = "<title>Thông xe cầu Bạch Lạp</title>"
    article = shown(tmp_path, f"<h1>Thông xe cầu Bạch Lạp</h1>{body}<div>{TEXT}</div>", head=title + head)
    assert (article.published, article.published_from) == (published, origin)


# ── What is not the article ───────────────────────────────────────────────────────────────────────

OTHER = "Bến đò Nà Lạng ngừng chạy từ cuối tháng, hai người lái đò được nhận vào đội gác cây cầu mới."


@pytest.mark.parametrize(
    "extra",
    [
        f"<div class='detail__cm-bottom'><p>{OTHER}</p></div>",
        f"<section><h3>Bình luận (12)</h3><p>{OTHER}</p></section>",
        f"<section><h3>Bình luận (12)</h3>{f'<p>{OTHER}</p>' * 40}</section>",
        f"<div class='box-comments'>{f'<p>{OTHER}</p>' * 40}</div>",
        f"<div><span>Có thể bạn quan tâm</span><p>{OTHER}</p></div>",
        f"<div class='related-news'><p>{OTHER}</p></div>",
        f"<ul><li><a href='/a'>{OTHER}</a></li><li><a href='/b'>{OTHER}</a></li></ul>",
        f"<figure><img src='a.jpg'><figcaption>{OTHER}</figcaption></figure>",
        f"<div class='img'><img src='a.jpg'><p class='txt-caption'>{OTHER}</p></div>",
        f"<p><img src='a.jpg'></p><p><em>{OTHER}</em></p>",
        "<p>Mời quý độc giả theo dõi chúng tôi trên Google News.</p>",
        "<p>Đăng ký nhận bản tin hằng ngày để không bỏ lỡ tin nóng.</p>",
    ],
)
def test_what_is_not_the_article_goes(tmp_path: Path, extra: str) -> None:
    text = TEXT + TEXT.replace("Sáng 12/3", "Trưa 12/3")
    article = shown(tmp_path, f"<div><h1>Thông xe cầu Bạch Lạp</h1><div>{text}</div>{extra}</div>")
    assert OTHER not in article.text
    assert "Google" not in article.text
    assert "bản tin" not in article.text
    assert article.text.split("\n\n")[:3] == [*PARAGRAPHS]


@pytest.mark.parametrize(
    "kept",
    [
        f"<ul><li>{OTHER}</li><li>{PARAGRAPHS[1]}</li></ul>",
        f"<p><em>{OTHER}</em></p>",
        f"<p>Bạn đọc cũ của bản làng kể lại. {OTHER}</p>",
        f"<h2>Chia sẻ khó khăn</h2><p>{OTHER}</p>",
    ],
)
def test_what_only_looks_like_it_stays(tmp_path: Path, kept: str) -> None:
    assert OTHER in shown(tmp_path, f"<h1>Thông xe cầu Bạch Lạp</h1><div>{TEXT}{kept}</div>").text


def test_what_is_called_share_and_holds_the_article_stays(tmp_path: Path) -> None:
    article = shown(
        tmp_path, f"<h1>Thông xe cầu Bạch Lạp</h1><div class='post tag-giao-thong share'>{TEXT}</div>"
    )
    assert article.text.split("\n\n") == [*PARAGRAPHS]


def test_the_captions_of_a_photo_story_are_its_text(tmp_path: Path) -> None:
    figures = "".join(
        f"<figure><img><figcaption>{paragraph}</figcaption></figure>" for paragraph in PARAGRAPHS
    )
    assert shown(tmp_path, f"<h1>Thông xe cầu Bạch Lạp</h1>{figures}").text.split("\n\n") == [*PARAGRAPHS]


def test_tables_that_arrange_a_page_are_no_tables(tmp_path: Path) -> None:
    prices = "<table><tr><td>Hạng mục</td><td>Vốn</td></tr><tr><td>Cầu</td><td>870</td></tr></table>"
    body = (
        f"<table><tr><td><table><tr><td>Giới thiệu</td></tr></table></td><td>{TEXT}{prices}</td></tr></table>"
    )
    assert shown(tmp_path, body).text.split("\n\n")[:5] == [
        *PARAGRAPHS,
        "| Hạng mục | Vốn |",
        "| Cầu | 870 |",
    ]


def test_the_article_that_was_loaded_after_the_first_is_another_one(tmp_path: Path) -> None:
    other = f"<article><h1>Bến đò ngừng chạy</h1>{f'<p>{OTHER}</p>' * 5}</article>"
    article = shown(tmp_path, f"<div><article><h1>Thông xe cầu Bạch Lạp</h1>{TEXT}</article>{other}</div>")
    assert (article.title, article.text.split("\n\n")) == ("Thông xe cầu Bạch Lạp", [*PARAGRAPHS])


def test_the_minutes_of_a_live_report_stay(tmp_path: Path) -> None:
    entries = "".join(
        f"<li><span>1{n}:30</span><div><p>{text}</p></div></li>" for n, text in enumerate(PARAGRAPHS)
    )
    text = shown(tmp_path, f"<h1>Thông xe cầu Bạch Lạp</h1><ul>{entries}</ul>").text
    assert [line.lstrip("- ") for line in text.split("\n\n")] == [
        "10:30", PARAGRAPHS[0], "11:30", PARAGRAPHS[1], "12:30", PARAGRAPHS[2],
    ]  # fmt: skip
