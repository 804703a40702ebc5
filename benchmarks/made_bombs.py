"""Archives, PDFs, Word files, books and feeds that are made to stop, fill or mislead whoever reads them.

What is packed takes a thousandth of what it unpacks to.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from benchmarks.made_seeds import packed, seeds

SENTENCE = "Cầu Sông Trà thông xe sáng nay, người dân hai xã ra xem từ rất sớm. "
MEGABYTE = 1_000_000


# ── Archives ──────────────────────────────────────────────────────────────────────────────────────


def zip_bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.txt", "w") as entry:
        for _ in range(300):
            entry.write(bytes(MEGABYTE))


def nested_bombs(path: Path) -> None:
    inner = packed({"a.txt": bytes(40 * MEGABYTE)})
    for _ in range(5):
        inner = packed({f"{number}.zip": inner for number in range(10)})
    path.write_bytes(inner)


def overlapping(path: Path) -> None:
    """Five thousand entries of the directory that are all the same bytes of the file."""
    text = "".join(f"Cầu số {number} thông xe sáng nay, người dân rất vui. " for number in range(2_800))
    content = packed({"a.txt": text.encode()})
    end = content.rindex(b"PK\x05\x06")
    start = content.index(b"PK\x01\x02")
    directory = content[start:end] * 5_000
    closing = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 5_000, 5_000, len(directory), start, 0)
    path.write_bytes(content[:start] + directory + closing)


def out_of_the_folder(path: Path) -> None:
    path.write_bytes(packed({f"{'../' * depth}tmp/thoát.txt": SENTENCE.encode() for depth in range(1, 20)}))


def absolute_paths(path: Path) -> None:
    names = ("/etc/thoát.txt", "C:\\Windows\\thoát.txt", "\\\\máy\\thoát.txt", "//a/b.txt")
    path.write_bytes(packed({name: SENTENCE.encode() for name in names}))


def symbolic_link(path: Path) -> None:
    link = zipfile.ZipInfo("a.txt")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, "/etc/passwd")


def locked_zip(path: Path) -> None:
    """The bit that says so, in both places; what follows it is noise anyway."""
    content = bytearray(packed({"a.txt": SENTENCE.encode() * 9}))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)


def many_entries(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(100_000):
            archive.writestr(f"{number}.txt", b"")


def lying_sizes(path: Path) -> None:
    """States ten bytes of an entry that unpacks to 40 MB, and 40 MB of one that has ten."""
    content = bytearray(packed({"a.txt": bytes(40 * MEGABYTE), "b.txt": b"x" * 10}))
    first = content.index(b"PK\x01\x02")
    second = content.index(b"PK\x01\x02", first + 4)
    struct.pack_into("<L", content, first + 24, 10)
    struct.pack_into("<L", content, second + 24, 40 * MEGABYTE)
    path.write_bytes(content)


def long_names(path: Path) -> None:
    """Names of 60,000 characters, with NULs, signs of direction and marks."""
    names = ("a" * 60_000, "bài\0.exe", "\u202etxt.bài", "e" + "\u0323" * 20_000)
    path.write_bytes(packed({f"{name}.txt": SENTENCE.encode() for name in names}))


def cut_off(path: Path) -> None:
    path.write_bytes(packed({"a.txt": SENTENCE.encode() * 9})[:-30])


# ── PDF ───────────────────────────────────────────────────────────────────────────────────────────


def pdf(objects: Mapping[int, bytes], *, trailer: bytes = b"") -> bytes:
    """A file of these objects, the first being the catalogue."""
    content = bytearray(b"%PDF-1.7\n")
    places = {}
    for number, value in objects.items():
        places[number] = len(content)
        content += b"%d 0 obj\n%s\nendobj\n" % (number, value)
    table = len(content)
    content += b"xref\n0 %d\n0000000000 65535 f \n" % (max(objects) + 1)
    for number in range(1, max(objects) + 1):
        content += b"%010d 00000 n \n" % places.get(number, 0)
    content += b"trailer\n<</Size %d/Root 1 0 R%s>>\n" % (max(objects) + 1, trailer)
    return bytes(content + b"startxref\n%d\n%%%%EOF\n" % table)


CATALOG, FONT = b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
WORDS = b"BT /F 9 Tf 40 700 Td (Cau Song Tra thong xe sang nay, nguoi dan hai xa ra xem.) Tj ET\n"


def page(contents: int = 4, *, box: str = "0 0 595 842", more: str = "") -> bytes:
    resources = "/Resources<</Font<</F 5 0 R>>/XObject<</X 6 0 R>>>>"
    return f"<</Type/Page/Parent 2 0 R/MediaBox[{box}]/Contents {contents} 0 R{resources}{more}>>".encode()


def stream(content: bytes, more: bytes = b"") -> bytes:
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(content), more, content)


def one_page(content: bytes, **values: bytes) -> dict[int, bytes]:
    """Catalogue, tree, page, contents and font."""
    tree = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
    return {1: CATALOG, 2: tree, 3: values.get("page", page()), 4: content, 5: FONT}


def packed_again(chunk: bytes, times: int) -> bytes:
    """`chunk`, so many times, deflated; never unpacked here."""
    packing = zlib.compressobj(6)
    parts = [packing.compress(chunk) for _ in range(times)]
    return b"".join([*parts, packing.flush()])


def pdf_bomb(path: Path) -> None:
    content = packed_again(b" " * MEGABYTE, 1_500)
    path.write_bytes(pdf(one_page(stream(content, b"/Filter/FlateDecode"))))


def pdf_bomb_in_bomb(path: Path) -> None:
    content = zlib.compress(packed_again(b" " * MEGABYTE, 3_000), 1)
    path.write_bytes(pdf(one_page(stream(content, b"/Filter[/FlateDecode/FlateDecode]"))))


def drawn_words(path: Path) -> None:
    """Five hundred pages that share twenty thousand lines of words."""
    objects = one_page(stream(packed_again(WORDS, 20_000), b"/Filter/FlateDecode"))
    kids = b"".join(b"%d 0 R " % (100 + number) for number in range(500))
    objects[2] = b"<</Type/Pages/Kids[%s]/Count 500>>" % kids
    path.write_bytes(pdf(objects | {100 + number: page() for number in range(500)}))


def page_tree_loop(path: Path) -> None:
    objects = one_page(stream(WORDS))
    objects[2] = b"<</Type/Pages/Kids[2 0 R 3 0 R]/Count 2/Parent 2 0 R>>"
    path.write_bytes(pdf(objects))


def million_pages(path: Path) -> None:
    """Six levels of ten times the same node: 11 objects say it."""
    objects = one_page(stream(WORDS))
    for level in range(6):
        below = 3 if level == 5 else 11 + level
        count = 10 ** (6 - level)
        objects[10 + level] = b"<</Type/Pages/Kids[%s]/Count %d>>" % (b"%d 0 R " % below * 10, count)
    objects[2] = b"<</Type/Pages/Kids[10 0 R]/Count 1000000>>"
    path.write_bytes(pdf(objects))


def huge_page(path: Path) -> None:
    path.write_bytes(pdf(one_page(stream(WORDS), page=page(box="-1e30 -1e30 1e30 1e30"))))


def huge_image(path: Path) -> None:
    objects = one_page(stream(b"q 595 0 0 842 0 0 cm /X Do Q"))
    image = b"/Type/XObject/Subtype/Image/Width 60000/Height 60000/BitsPerComponent 8/ColorSpace/DeviceGray"
    path.write_bytes(pdf(objects | {6: stream(b"\0", image)}))


def deep_arrays(path: Path) -> None:
    deep = b"[" * 2_000_000
    path.write_bytes(pdf(one_page(stream(WORDS)) | {7: deep}, trailer=b"/Info 7 0 R"))


def cross_references_loop(path: Path) -> None:
    content = pdf(one_page(stream(WORDS)))
    at = int(content.split(b"startxref\n")[1].split(b"\n")[0])
    path.write_bytes(content.replace(b"/Root 1 0 R", b"/Root 1 0 R/Prev %d" % at))


def form_draws_itself(path: Path) -> None:
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources<</XObject<</X 6 0 R>>>>"
    objects = one_page(stream(b"/X Do " * 100))
    path.write_bytes(pdf(objects | {6: stream(b"/X Do " * 100, form)}))


def locked_pdf(path: Path) -> None:
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(path), encrypt=StandardEncryption("khoá", canPrint=0))
    canvas.drawString(40, 700, "Cau Song Tra")
    canvas.save()


# ── XML: Word, books, feeds ───────────────────────────────────────────────────────────────────────

LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
BOMB = f'<!DOCTYPE x [<!ENTITY a0 "ha ha ha">{LAUGHS}]>'
FOREIGN = '<!DOCTYPE x [<!ENTITY a9 SYSTEM "file:///etc/passwd"><!ENTITY % p SYSTEM "http://127.0.0.1:9/x">]>'


def word(path: Path, body: str, *, before: str = "") -> None:
    """A Word file around this body."""
    with zipfile.ZipFile(io.BytesIO(seeds("docx")[1])) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    document = f"<?xml version='1.0'?>{before}<w:document {space}><w:body>{body}</w:body></w:document>"
    path.write_bytes(packed(files | {"word/document.xml": document.encode()}))


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def word_laughs(path: Path) -> None:
    word(path, paragraph("&a9;"), before=BOMB)


def word_secret(path: Path) -> None:
    word(path, paragraph(f"{SENTENCE * 3}&a9;"), before=FOREIGN)


def word_table(path: Path) -> None:
    row = f"<w:tr>{'<w:tc><w:p><w:r><w:t>ô</w:t></w:r></w:p></w:tc>' * 1_000}</w:tr>"
    word(path, f"<w:tbl>{row * 800}</w:tbl>")


def word_depths(path: Path) -> None:
    table = "<w:tbl><w:tr><w:tc>"
    word(path, table * 20_000 + paragraph("sâu") + "</w:tc></w:tr></w:tbl>" * 20_000)


def book_out_of_the_folder(path: Path) -> None:
    content = seeds("epub")[0].replace(b"a.xhtml", b"../x/.h")
    path.write_bytes(content)


def book_that_repeats(path: Path, times: int = 500_000) -> None:
    """Its order of reading names one chapter again and again."""
    with zipfile.ZipFile(io.BytesIO(seeds("epub")[0])) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    references = b"".join(b'<itemref id="r%d" idref="a"/>' % number for number in range(times))
    files["sach/book.opf"] = files["sach/book.opf"].replace(b'<itemref idref="a"/>', references)
    path.write_bytes(packed(files))


def feed_laughs(path: Path) -> None:
    item = "<item><title>&a9;</title><description>&a9;</description></item>"
    path.write_text(f"{BOMB}<rss><channel>{item * 1_000}</channel></rss>", encoding="utf-8")


def feed_of_nothing(path: Path) -> None:
    path.write_text(f"<rss><channel>{'<item/>' * 3_000_000}</channel></rss>", encoding="utf-8")
