"""A few small, sound inputs for every reader: what `benchmarks.fuzz` begins with. Made of our own stories."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from html import escape
from itertools import islice

from benchmarks.made_awkward_pages import AWKWARD
from benchmarks.made_pages import MODERN
from benchmarks.made_papers import plain_word, word
from benchmarks.made_special_pages import SPECIAL
from benchmarks.made_stories import Story, stories

_CONTAINER = (
    '<?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="sach/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
_TABLES = ("tcvn3", "vni", "viscii", "vps")


def seeds(reader: str) -> list[bytes]:
    """Those of a reader of `benchmarks.fuzz`."""
    return MAKERS[reader](*islice(stories(), 2))


def plain_text(story: Story, other: Story) -> list[bytes]:
    """As somebody copied it out of a page: UTF-8, UTF-16 and Windows-1258."""
    text = _text(story)
    return [
        text.encode(),
        _text(other).encode("utf-16"),
        text.encode("cp1258", "ignore"),
        f">>> Xem thêm: {other.title}\n{text}\nTheo {story.site}\n".encode(),
    ]


def markdown(story: Story, other: Story) -> list[bytes]:
    """With front matter, lists, a table, a quotation and code."""
    head = f"---\ntitle: {story.title}\ndate: {story.moment:%Y-%m-%d}\nsource: {story.site}\n---\n"
    body = "\n\n".join(
        ["# Tít", *story.paragraphs[:2], "1. một\n2. hai\n   - ba", "| a | b |\n|---|---|\n| 1 | 2 |"]
    )
    return [f"{head}{body}".encode(), f"> {other.lead}\n\n```\nmã\n```\n[liên kết](/a) ![ảnh](/b)".encode()]


def pages(story: Story, other: Story) -> list[bytes]:
    """Every layout of a web page that we know."""
    return [layout(story).content for layout in (*MODERN, *SPECIAL, *AWKWARD)]


def web_archives(story: Story, other: Story) -> list[bytes]:
    """A page saved as one file, and one in an encoding of its own."""
    found = []
    for number, layout in enumerate(MODERN[:2]):
        message = EmailMessage()
        message["Subject"], message["Snapshot-Content-Location"] = story.title, story.url
        message.set_content(
            layout(story).content.decode(), subtype="html", charset=("utf-8", "utf-16")[number], cte="base64"
        )
        message["Content-Location"] = story.url
        message.make_related(boundary="ranh-gioi")
        found.append(bytes(message))
    page = "<p>" + escape(other.lead) + "</p>"
    plain = (
        f'Content-Type: multipart/related; boundary="b"\n\n--b\nContent-Type: text/html\n\n{page}\n--b--\n'
    )
    return [*found, plain.encode()]


def json_file(story: Story, other: Story) -> list[bytes]:
    records = [_record(story), {**_record(other), "body": list(other.paragraphs), "id": 7}]
    return [json.dumps(records, ensure_ascii=False).encode(), json.dumps(_record(story)).encode()]


def json_lines(story: Story, other: Story) -> list[bytes]:
    lines = [json.dumps(_record(each), ensure_ascii=False) for each in (story, other)]
    return ["\n".join(lines).encode(), f"{lines[0]}\n\nhỏng\n[1]\n".encode()]


def table(story: Story, other: Story) -> list[bytes]:
    found = []
    for delimiter in ",;\t":
        rows = io.StringIO()
        writer = csv.writer(rows, delimiter=delimiter)
        writer.writerow(["Mã", "Tiêu đề", "Nội dung", "Ngày đăng"])
        for number, each in enumerate((story, other)):
            writer.writerow([number, each.title, "\n".join(each.paragraphs), f"{each.moment:%d/%m/%Y}"])
        found.append(rows.getvalue().encode())
    return found


def feed(story: Story, other: Story) -> list[bytes]:
    """RSS and Atom."""
    rss = (
        '<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">'
        f"<channel><title>{story.site}</title><item><title>{story.title}</title><guid>a</guid>"
        f"<link>{story.url}</link><pubDate>{story.moment:%a, %d %b %Y %H:%M:%S %z}</pubDate>"
        f"<description>{story.lead}</description>"
        f"<content:encoded><![CDATA[<p>{'</p><p>'.join(story.paragraphs)}</p>]]></content:encoded>"
        "</item></channel></rss>"
    )
    atom = (
        f'<feed xmlns="http://www.w3.org/2005/Atom"><title>{other.site}</title><entry><id>b</id>'
        f'<title>{other.title}</title><link href="{other.url}"/><updated>{other.moment.isoformat()}</updated>'
        f'<category term="x"/><author><name>{other.author}</name></author><content type="xhtml">'
        f'<div xmlns="http://www.w3.org/1999/xhtml"><p>{other.lead}</p></div></content></entry></feed>'
    )
    return [rss.encode(), atom.encode()]


def word_files(story: Story, other: Story) -> list[bytes]:
    """What a reader looks at in them, without themes and fonts: mutations are to hit the rest."""
    wanted = (
        "[Content_Types].xml",
        "_rels/.rels",
        "docProps/core.xml",
        "word/document.xml",
        "word/styles.xml",
    )
    found = []
    for content in (word(story).content, plain_word(other).content):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = [*wanted, "word/_rels/document.xml.rels", "word/numbering.xml"]
            found.append(packed({name: archive.read(name) for name in names if name in archive.namelist()}))
    return found


def books(story: Story, other: Story) -> list[bytes]:
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{story.site}</dc:title><dc:date>{story.moment:%Y-%m-%d}</dc:date></metadata><manifest>"
        '<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/>'
        '<item id="b" href="b%20b.xhtml" media-type="application/xhtml+xml" properties="nav"/></manifest>'
        '<spine><itemref idref="a"/><itemref idref="b"/></spine></package>'
    )
    chapter = f"<html><body><h1>{story.title}</h1><p>{'</p><p>'.join(story.paragraphs)}</p></body></html>"
    return [
        packed(
            {
                "mimetype": b"application/epub+zip",
                "META-INF/container.xml": _CONTAINER.encode(),
                "sach/book.opf": package.encode(),
                "sach/a.xhtml": chapter.encode(),
                "sach/b b.xhtml": chapter.encode(),
            }
        )
    ]


def archives(story: Story, other: Story) -> list[bytes]:
    """A ZIP file of small files of most kinds."""
    return [
        packed(
            {
                "a/tin.txt": _text(story).encode(),
                "a/tin.md": markdown(story, other)[0],
                "b.html": MODERN[0](other).content,
                "c.jsonl": json_lines(story, other)[0],
                "d.csv": table(story, other)[0],
                "e.rss": feed(story, other)[0],
                "f.zip": packed({"g.txt": b"g"}),
                "__MACOSX/._a.txt": b"x",
            }
        )
    ]


def pdfs(story: Story, other: Story) -> list[bytes]:
    """Uncompressed, in a font that every reader of PDFs has: mutations are to hit what is drawn."""
    from reportlab.pdfgen.canvas import Canvas

    found = []
    for columns in (1, 2):
        content = io.BytesIO()
        canvas = Canvas(content, pagesize=(400, 300), pageCompression=0, invariant=1)
        canvas.setTitle("Cau Bach Lap thong xe sau hai nam")
        for page in range(2):
            canvas.setFont("Helvetica-Bold", 16)
            canvas.drawString(30, 270, "Cau Bach Lap thong xe")
            canvas.setFont("Helvetica", 9)
            for line in range(12):
                for column in range(columns):
                    canvas.drawString(
                        30 + 180 * column, 240 - 14 * line, f"dong {line} cua trang {page}, cot {column}."
                    )
            canvas.rotate(0)
            canvas.rect(10, 10, 50, 50)
            canvas.showPage()
        canvas.save()
        found.append(content.getvalue())
    return found


def old_letters(story: Story, other: Story) -> list[bytes]:
    """The text in the encodings from before Unicode, and decoded wrongly; as UTF-8, which the reader gives."""
    text = _text(story)
    wrong = text.encode().decode("latin-1")
    return [
        *(in_table(text, table).encode() for table in _TABLES),
        wrong.encode(),
        b"Ca^`u Ba.ch La^.p tho^ng xe. " * 9,
    ]


def raw_articles(story: Story, other: Story) -> list[bytes]:
    """The fields of a raw article, divided as `benchmarks.fuzz_target` does it."""
    return [
        "\0".join(
            [
                each.title,
                each.lead,
                f"{each.moment:%d/%m/%Y %H:%M}",
                each.site,
                each.url,
                each.author,
                _text(each),
            ]
        ).encode()
        for each in (story, other)
    ]


MAKERS: Mapping[str, Callable[[Story, Story], list[bytes]]] = {
    "txt": plain_text,
    "md": markdown,
    "html": pages,
    "mhtml": web_archives,
    "json": json_file,
    "jsonl": json_lines,
    "csv": table,
    "feed": feed,
    "docx": word_files,
    "epub": books,
    "zip": archives,
    "pdf": pdfs,
    "old letters": old_letters,
    "cleaning": raw_articles,
}
"""By reader: files by their kind, and the two steps that every article goes through."""


def packed(files: Mapping[str, bytes]) -> bytes:
    """A ZIP file, always the same for the same files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return content.getvalue()


def _text(story: Story) -> str:
    lines = [story.title, f"{story.moment:%d/%m/%Y %H:%M} GMT+7", story.lead, *story.paragraphs, story.author]
    return "\n".join(lines)


def _record(story: Story) -> dict[str, str]:
    return {
        "title": story.title,
        "sapo": story.lead,
        "body": "\n".join(story.paragraphs),
        "date": story.moment.isoformat(),
        "url": story.url,
    }


def in_table(text: str, table: str) -> str:
    """`text` as a program that knows no Unicode shows what was written in that encoding."""
    from viparse.normalize.encodings import get_charmap

    charmap = get_charmap(table)
    assert charmap is not None
    back: dict[str, str] = {}
    for legacy, letter in charmap.pairs:
        back.setdefault(letter, legacy)
    return "".join(back.get(character, character) for character in text)
