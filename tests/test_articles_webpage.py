from __future__ import annotations

import gzip
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


def linked(day: str) -> str:
    """Linked data that says when the page was published."""
    return f'<script type="application/ld+json">[{{"a": {{"datePublished": "{day}"}}}}]</script>'


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
            "2024-03-12T09:30:00+00:00",
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
