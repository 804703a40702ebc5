"""Word files, books, feeds, tables and archives."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import docx
import pytest
from docx.oxml import parse_xml
from made_pdfs import LEAD, PARAGRAPHS, STAMP, TITLE, paper
from test_articles_webpage import PAGE

from rag.articles import child, packed
from rag.articles.blocks import Block, blocks
from rag.articles.files import stem_of
from rag.articles.read import find_files, read_articles
from rag.errors import ArticleError
from rag.types import Article

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


@pytest.fixture(autouse=True, scope="module")
def children() -> Iterator[None]:
    yield
    child.close()


def read(path: Path) -> tuple[list[Article], list[str]]:
    """What was read, and the messages."""
    problems: list[ArticleError] = []
    return list(read_articles(path, problems.append)), [str(problem) for problem in problems]


def read_one(path: Path) -> Article:
    (article,), problems = read(path)
    assert problems == []
    return article


def pack(path: Path, files: Mapping[str, bytes | str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def test_the_name_without_its_suffix() -> None:
    assert [stem_of(Path(name)) for name in ("a.b.txt", "a.JSONL.GZ", "a.csv", ".docx", "bài")] == [
        "a.b",
        "a",
        "a",
        ".docx",
        "bài",
    ]


def test_blocks_of_markup() -> None:
    page = """<h1>Tít</h1>lời <b>mở</b> đầu<p>Đoạn<br>hai</p><ul><li>một</li><li><p>hai</p></li></ul>
        <ol><li>nhất</li><li>nhì</li></ol><table><tr><td>Năm</td><td><p>Tấn</p></td></tr></table>
        <script>alert(1)</script><style>p {}</style><!-- x --><p> </p>cuối"""
    assert blocks(page) == [
        Block("Tít", heading=True),
        Block("lời mở đầu"),
        Block("Đoạn hai"),
        Block("- một"),
        Block("- hai"),
        Block("1. nhất"),
        Block("2. nhì"),
        Block("Năm | Tấn"),
        Block("cuối"),
    ]
    assert blocks("") == []
    assert blocks("<div>" * 100 + "sâu") == [Block("sâu")]


# ── Word ──────────────────────────────────────────────────────────────────────────────────────────


def word(path: Path, *, title: str = TITLE, stamp: str | None = STAMP) -> Path:
    document = docx.Document()
    document.core_properties.title = title
    document.core_properties.created = datetime(2024, 3, 10, 9, 30, tzinfo=UTC)
    document.add_heading(title, level=0)
    for text in filter(None, (stamp, LEAD, *PARAGRAPHS)):
        document.add_paragraph(text)
    document.save(str(path))
    return path


def test_the_article_of_a_word_file(tmp_path: Path) -> None:
    article = read_one(word(tmp_path / "rong sụn.docx"))
    assert (article.id, article.title) == ("rong sụn", TITLE)
    assert (article.published, article.published_from) == ("2024-03-12T16:58:00+07:00", "text")
    assert article.text.split("\n\n") == [LEAD, *PARAGRAPHS]


def test_without_a_stamp_it_is_of_the_day_it_was_written(tmp_path: Path) -> None:
    article = read_one(word(tmp_path / "a.docx", stamp=None))
    assert (article.published, article.published_from) == ("2024-03-10T16:30:00+07:00", "file")


def test_a_day_alone_among_the_text_does_not_take_the_place_of_the_files_own(tmp_path: Path) -> None:
    path = word(tmp_path / "a.docx", stamp=None)
    document = docx.Document(str(path))
    document.paragraphs[6].insert_paragraph_before("12/3/2024")
    document.save(str(path))
    assert read_one(path).published == "2024-03-10T16:30:00+07:00"


def test_lists_tables_and_changes_in_word(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph(PARAGRAPHS[0])
    document.add_paragraph("Phao tre", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for row, cells in zip(table.rows, (("Năm", "Tấn"), ("2023", "3,4")), strict=True):
        for cell, words in zip(row.cells, cells, strict=True):
            cell.text = words
    changed = document.add_paragraph("Rong khô giá ")
    for change in (
        "<w:del {0}><w:r><w:delText>70</w:delText></w:r></w:del>",
        "<w:ins {0}><w:r><w:t>78</w:t></w:r></w:ins>",
    ):
        changed._p.append(parse_xml(change.format(f'xmlns:w="{WORD}" w:id="1" w:author="a"')))
    changed.add_run(" nghìn đồng một kg.")
    document.save(str(tmp_path / "a.docx"))
    assert read_one(tmp_path / "a.docx").text.split("\n\n") == [
        PARAGRAPHS[0],
        "- Phao tre",
        "Năm | Tấn",
        "2023 | 3,4",
        "Rong khô giá 78 nghìn đồng một kg.",
    ]


def test_entities_of_a_word_file_are_not_expanded(tmp_path: Path) -> None:
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    text = f'<w:document xmlns:w="{WORD}"><w:body><w:p><w:r><w:t>&a9;</w:t></w:r></w:p></w:body></w:document>'
    bomb = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">{laughs}]>{text}'
    files = unpacked(word(tmp_path / "a.docx"))
    articles, (problem,) = read(pack(tmp_path / "b.docx", {**files, "word/document.xml": bomb}))
    assert articles == []
    assert problem.startswith(f"{tmp_path / 'b.docx'}: ")


def unpacked(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_what_is_no_word_file_is_named(tmp_path: Path) -> None:
    for content, words in (
        (b"xin chao", "bị hỏng"),
        (pack(tmp_path / "x.zip", {"a.txt": "không phải Word"}).read_bytes(), "không phải tệp Word"),
        (word(tmp_path / "w.docx").read_bytes()[:3_000], "bị hỏng"),
    ):
        (tmp_path / "a.docx").write_bytes(content)
        articles, (problem,) = read(tmp_path / "a.docx")
        assert (articles, words in problem) == ([], True), problem


# ── Books ─────────────────────────────────────────────────────────────────────────────────────────


def book(chapters: Mapping[str, str]) -> dict[str, str]:
    items = "".join(
        f'<item id="i{n}" href="{name}" media-type="application/xhtml+xml"/>'
        for n, name in enumerate(chapters)
    )
    spine = "".join(f'<itemref idref="i{n}"/>' for n in range(len(chapters)))
    package = f"""<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>
        <dc:title>Tạp chí Biển</dc:title><dc:date>2024-03-01</dc:date></metadata>
        <manifest>{items}</manifest><spine>{spine}</spine></package>"""
    container = '<container><rootfiles><rootfile full-path="OPS/book.opf"/></rootfiles></container>'
    return {"META-INF/container.xml": container, "OPS/book.opf": package} | {
        f"OPS/{name}": page for name, page in chapters.items()
    }


def chapter(title: str, *texts: str) -> str:
    body = "".join(f"<p>{text}</p>" for text in texts)
    return f'<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body><h1>{title}</h1>{body}</body></html>'


def test_each_chapter_of_a_book_is_an_article(tmp_path: Path) -> None:
    files = book(
        {
            "bia.xhtml": chapter("Bìa"),
            "1.xhtml": chapter(TITLE, *PARAGRAPHS),
            "2.xhtml": chapter("Chuyện bến cá", LEAD, *PARAGRAPHS[:2]),
        }
    )
    articles, problems = read(pack(tmp_path / "biển.epub", files))
    assert problems == []
    assert [(a.id, a.title, a.source, a.published) for a in articles] == [
        ("biển-2", TITLE, "Tạp chí Biển", "2024-03-01"),
        ("biển-3", "Chuyện bến cá", "Tạp chí Biển", "2024-03-01"),
    ]
    assert articles[0].text.split("\n\n") == [*PARAGRAPHS]


def test_a_damaged_chapter_is_reported_and_the_others_read(tmp_path: Path) -> None:
    files = book({"1.xhtml": "", "2.xhtml": chapter(TITLE, *PARAGRAPHS)})
    del files["OPS/1.xhtml"]
    articles, (problem,) = read(pack(tmp_path / "a.epub", files))
    assert [article.title for article in articles] == [TITLE]
    assert "OPS/1.xhtml" in problem


# ── Feeds ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_entries_of_an_rss_file(tmp_path: Path) -> None:
    body = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    (tmp_path / "a.rss").write_text(
        f"""<?xml version="1.0" encoding="utf-8"?>
        <rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
        xmlns:dc="http://purl.org/dc/elements/1.1/">
        <channel><title>Báo Làng Chài</title><link>https://langchai.example</link>
        <item><title>{TITLE}</title><link>https://langchai.example/1.html</link><guid>lc-1</guid>
        <description>&lt;p&gt;{LEAD}&lt;/p&gt;</description><content:encoded><![CDATA[{body}]]></content:encoded>
        <pubDate>Tue, 12 Mar 2024 16:58:00 +0700</pubDate><category>Kinh tế</category>
        <dc:creator>Hoài An</dc:creator></item>
        <item><title>Chỉ có tóm tắt</title><link>https://langchai.example/2.html</link>
        <description>{LEAD}</description></item>
        <item><title>Không có gì</title></item>
        </channel></rss>""",
        encoding="utf-8",
    )
    (whole, short), (problem,) = read(tmp_path / "a.rss")
    assert whole.text.split("\n\n") == [LEAD, *PARAGRAPHS]
    assert (whole.id, whole.title, whole.source, whole.author) == ("lc-1", TITLE, "Báo Làng Chài", "Hoài An")
    assert (whole.published, whole.category) == ("2024-03-12T16:58:00+07:00", "Kinh tế")
    assert (short.id, short.text) == ("https://langchai.example/2.html", LEAD)
    assert problem.startswith("Bỏ qua mục 3 của ")


def test_the_entries_of_an_atom_file(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(
        f"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Báo Làng Chài</title>
        <entry><id>tag:1</id><title type="html">{TITLE}</title>
        <link rel="alternate" href="https://langchai.example/1"/>
        <author><name>Hoài An</name></author><updated>2024-03-12T16:58:00+07:00</updated>
        <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>{PARAGRAPHS[0]}</p>
        <p>{PARAGRAPHS[1]}</p></div></content>
        </entry></feed>""",
        encoding="utf-8",
    )
    article = read_one(tmp_path / "a.xml")
    assert article.text.split("\n\n") == [*PARAGRAPHS[:2]]
    assert (article.id, article.title, article.author) == ("tag:1", TITLE, "Hoài An")
    assert (article.url, article.published) == ("https://langchai.example/1", "2024-03-12T16:58:00+07:00")


def test_entities_of_a_feed_are_neither_expanded_nor_fetched(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("điều bí mật", encoding="utf-8")
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    (tmp_path / "a.rss").write_text(
        f"""<!DOCTYPE rss [<!ENTITY a0 "ha">{laughs}
        <!ENTITY file SYSTEM "{(tmp_path / "secret.txt").as_uri()}">]>
        <rss><channel><title>Báo</title><item><title>Bài cười</title>
        <description>{LEAD} &a9; &file;</description></item></channel></rss>""",
        encoding="utf-8",
    )
    article = read_one(tmp_path / "a.rss")
    assert ("haha" in article.text, "bí mật" in article.text) == (False, False)


@pytest.mark.parametrize(
    "content", ["<html><body>trang</body></html>", "không phải XML", "<rss><channel/></rss>"]
)
def test_what_is_no_feed_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.rss").write_text(content, encoding="utf-8")
    articles, (problem,) = read(tmp_path / "a.rss")
    assert (articles, problem.startswith(f"{tmp_path / 'a.rss'}: ")) == ([], True)


# ── Tables ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_with_vietnamese_names(tmp_path: Path, delimiter: str) -> None:
    body = "\n".join(PARAGRAPHS)
    rows = ["Mã,Tiêu đề,Nội dung,Ngày đăng,Nguồn,Số like".replace(",", delimiter)]
    rows.append(delimiter.join(["lc-1", f'"{TITLE}"', f'"{body}"', "12/03/2024 16:58", "Báo Làng Chài", "7"]))
    rows.append(delimiter.join(["lc-2", "Không có gì", "", "", "", ""]))
    (tmp_path / "a.csv").write_text("\ufeff" + "\r\n".join(rows) + "\r\n\r\n", encoding="utf-8")
    (article,), (problem,) = read(tmp_path / "a.csv")
    assert article.text.split("\n\n") == [*PARAGRAPHS]
    assert (article.id, article.title, article.source) == ("lc-1", TITLE, "Báo Làng Chài")
    assert article.published == "2024-03-12T16:58:00+07:00"
    assert problem.startswith("Bỏ qua mục 2 của ")


def test_a_table_without_texts_is_named(tmp_path: Path) -> None:
    (tmp_path / "giá.csv").write_text("ngày,giá\n12/3/2024,9500\n", encoding="utf-8")
    articles, (problem,) = read(tmp_path / "giá.csv")
    assert (articles, "không có cột nào chứa nội dung bài (các cột: giá, ngày)" in problem) == ([], True)


# ── Archives ──────────────────────────────────────────────────────────────────────────────────────


def test_an_archive_of_everything(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    files: dict[str, bytes | str] = {
        "2024/bài.txt": f"{TITLE}\n\n{LEAD}\n\n{PARAGRAPHS[0]}",
        "2023/bài.txt": f"{TITLE} lần hai\n\n{PARAGRAPHS[1]}",
        "trang.html": PAGE,
        "trang_files/khung.html": PAGE,
        "rong.pdf": paper(inside / "a.pdf").read_bytes(),
        "rong.docx": word(inside / "a.docx").read_bytes(),
        "xuat.jsonl": '{"id": "x-1", "body": "Một câu."}\n{"body": "Câu không có mã."}\n',
        "ảnh.png": b"\x89PNG",
        ".an.txt": "ẩn",
        "__MACOSX/bài.txt": "rác",
    }
    articles, problems = read(pack(tmp_path / "kho.zip", files))
    assert problems == []
    assert [(article.id, article.title) for article in articles] == [
        ("2023/bài", f"{TITLE} lần hai"),
        ("2024/bài", TITLE),
        ("rong", TITLE),
        ("rong.pdf", TITLE),
        ("trang", "Thông xe cầu Bạch Lạp"),
        ("x-1", "Một câu."),
        ("xuat-2", "Câu không có mã."),
    ]
    assert [article.text.split("\n\n") for article in articles[2:4]] == [[LEAD, *PARAGRAPHS]] * 2
    assert {article.path for article in articles} == {tmp_path / "kho.zip"}
    assert list(find_files([tmp_path / "kho.zip"])) == [tmp_path / "kho.zip"]


def test_names_that_lead_out_of_an_archive_are_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    names = ("../../ngoài.txt", "/tmp/ngoài.txt", "C:/x.txt", "..\\x.txt")
    files = dict.fromkeys(names, PARAGRAPHS[0])
    articles, problems = read(pack(folder / "a.zip", {**files, "trong.txt": PARAGRAPHS[1]}))
    assert [article.id for article in articles] == ["trong"]
    assert len(problems) == 4
    assert all("trỏ ra ngoài tệp nén" in problem for problem in problems)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["a.zip"]


def test_an_archive_in_an_archive_is_not_opened(tmp_path: Path) -> None:
    inner = pack(tmp_path / "trong.zip", {"a.txt": PARAGRAPHS[0]}).read_bytes()
    articles, (problem,) = read(pack(tmp_path / "a.zip", {"trong.zip": inner, "b.txt": PARAGRAPHS[1]}))
    assert [article.text for article in articles] == [PARAGRAPHS[1]]
    assert problem.startswith(f"{tmp_path / 'a.zip' / 'trong.zip'}: bỏ qua tệp nén nằm trong tệp nén")


@pytest.mark.parametrize("suffix", [".zip", ".docx", ".epub"])
def test_a_small_file_that_unpacks_to_much_is_refused(tmp_path: Path, suffix: str) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(4):
            archive.writestr(f"{number}.txt", b"0" * 20_000_000)
    (tmp_path / f"a{suffix}").write_bytes(content.getvalue())
    assert len(content.getvalue()) < 100_000
    articles, (problem,) = read(tmp_path / f"a{suffix}")
    assert (articles, "giải nén ra tới 80 MB" in problem) == ([], True)


def test_an_archive_that_lies_about_its_sizes_is_named(tmp_path: Path) -> None:
    content = bytearray(pack(tmp_path / "a.zip", {"a.txt": "0" * 5_000_000}).read_bytes())
    for start in (content.index(b"PK\x01\x02") + 24, content.index(b"PK\x03\x04") + 22):
        content[start : start + 4] = (1_000).to_bytes(4, "little")
    (tmp_path / "a.zip").write_bytes(content)
    articles, (problem,) = read(tmp_path / "a.zip")
    assert (articles, "bị hỏng" in problem) == ([], True)


def test_an_archive_of_too_many_files_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for number in range(packed.MAX_ENTRIES + 1):
            archive.writestr(f"{number}.txt", "")
    articles, (problem,) = read(tmp_path / "a.zip")
    assert (articles, f"có {packed.MAX_ENTRIES + 1} tệp bên trong" in problem) == ([], True)


def test_a_name_in_an_archive_that_is_no_text_is_damage(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", {"bài.txt": "Một bài báo về chợ hoa.", "b.txt": "Một bài báo khác hẳn."})
    content = path.read_bytes()
    path.write_bytes(
        content.replace("bài".encode(), b"b\xed\xed\xed", 1)
    )  # before the entry, not in the list
    articles, (problem,) = read(path)
    assert ([article.text for article in articles], "bị hỏng" in problem) == (["Một bài báo khác hẳn."], True)


def test_damaged_and_empty_archives_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 rest")
    pack(tmp_path / "b.zip", {"a.png": b"x"})
    for name, words in (("a.zip", "bị hỏng"), ("b.zip", "không tìm thấy bài báo")):
        articles, (problem,) = read(tmp_path / name)
        assert (articles, words in problem) == ([], True)
