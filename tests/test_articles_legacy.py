from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from made_pdfs import LEAD, PARAGRAPHS, TITLE, Layout, paper

from benchmarks.made_seeds import in_table
from rag.articles import child
from rag.articles.draft import RawArticle
from rag.articles.legacy import read_viqr, repaired, repaired_text
from rag.articles.read import read_articles
from rag.errors import ArticleError

FRENCH = (
    "Les élèves français ont été reçus à l’école où siège l’Académie; déjà, près de cent ont répété leurs "
    "rôles, très fâchés d’être privés de goûter après la fête donnée à Orléans en février dernier, où l’on "
    "a mangé des pâtes, des crêpes, maïs, œufs, ambiguë naïveté, Noël, garçons, façades et reçus."
)
GERMAN = (
    "Die Größe der Häuser, die für Gäste geöffnet wären, wurde später geändert; über dreißig Männer müßten "
    "nächstes Jahr wählen, daß größere Plätze schöner würden und Äpfel, Öl und Süßes häufiger fänden."
)
TEXT = "\n\n".join([LEAD, *PARAGRAPHS])


@pytest.mark.parametrize("table", ["tcvn3", "vni", "viscii", "vps"])
def test_old_encodings_are_repaired(table: str) -> None:
    raw = RawArticle(
        id="a", title=in_table(TITLE, table), body=in_table(TEXT, table), author=in_table("Hoài Đức", table)
    )
    mended, doubtful = repaired(raw)
    assert (mended.title, mended.author, doubtful) == (TITLE, "Hoài Đức", False)
    assert mended.body == TEXT


def test_what_was_decoded_wrongly_is_repaired() -> None:
    wrong = TEXT.encode().decode("latin-1")
    assert repaired_text(wrong) == TEXT
    assert repaired_text("".join(_cp1252(byte) for byte in TEXT.encode())) == TEXT


def _cp1252(byte: int) -> str:
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)


def viqr(text: str) -> str:
    signs = {"\u0302": "^", "\u0306": "(", "\u031b": "+", "\u0301": "'", "\u0300": "`", "\u0309": "?"}
    signs |= {"\u0303": "~", "\u0323": "."}
    written = []
    for letter in text:
        parts = unicodedata.normalize("NFD", letter)
        marks = sorted(parts[1:], key="\u0302\u0306\u031b".find, reverse=True)  # quality before tone
        written.append(parts[0] + "".join(signs[mark] for mark in marks))
    return "".join(written).replace("đ", "dd").replace("Đ", "DD")


def test_viqr_is_read() -> None:
    assert viqr("Đường Việt Nam") == "DDu+o+`ng Vie^.t Nam"
    assert read_viqr("Dda~ xong? Me. ve^` nha`. Chu+a ho?i.") == "Đã xong? Mẹ về nhà. Chưa hỏi."
    assert read_viqr("Chi o+? Hue^'. Thi. Hoa") == "Chi ở Huế. Thi. Hoa"
    text = "\n\n".join([LEAD, *PARAGRAPHS[:2], PARAGRAPHS[3], PARAGRAPHS[5]])
    mended, doubtful = repaired(RawArticle(id="a", title=viqr(TITLE), body=viqr(text)))
    assert (mended.title, mended.body, doubtful) == (TITLE, text, False)


def test_signs_of_mathematics_are_no_viqr() -> None:
    assert repaired_text("Ta có a^2 + b^2 = c^2, e^x, x^n. " * 20) is None


def test_paragraphs_that_are_right_stay() -> None:
    mixed = f"{in_table(TEXT, 'tcvn3')}\n\n{PARAGRAPHS[0]}\n\nMã số: ABC-12, café Nestlé"
    assert repaired_text(mixed) == f"{TEXT}\n\n{PARAGRAPHS[0]}\n\nMã số: ABC-12, café Nestlé"


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        "Sáng nay, café Zoë ở Đắk Lắk tiếp đoàn khách Malmö và Zürich.",
        FRENCH,
        GERMAN,
        "",
    ],
)
def test_what_is_no_old_vietnamese_stays(text: str) -> None:
    raw = RawArticle(id="a", body=text)
    assert repaired(raw) == (raw, False)


def test_a_file_in_an_old_encoding_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(in_table(f"{TITLE}\n\n{TEXT}", "tcvn3").encode("cp1252"))
    (article,) = read_articles(path, print)
    assert (article.title, article.text) == (TITLE, TEXT)


def test_a_pdf_set_in_an_old_font_is_read(tmp_path: Path) -> None:
    old_paragraphs = [in_table(paragraph, "tcvn3") for paragraph in PARAGRAPHS]
    path = paper(
        tmp_path / "a.pdf",
        Layout(columns=2, bottom=500),
        title=in_table(TITLE, "tcvn3"),
        stamp=None,
        lead=in_table(LEAD, "tcvn3"),
        paragraphs=old_paragraphs,
    )
    (article,) = read_articles(path, print)
    child.close()
    assert (article.title, article.text) == (TITLE, TEXT)


def test_what_may_be_one_is_said(tmp_path: Path) -> None:
    words = in_table(TEXT, "tcvn3").split(" ")
    broken = " ".join(
        f"{word}æß" if number % 6 == 0 and not word.isascii() else word for number, word in enumerate(words)
    )
    path = tmp_path / "a.txt"
    path.write_text(broken, encoding="utf-8")
    problems: list[ArticleError] = []
    (article,) = read_articles(path, problems.append)
    assert [problem.key for problem in problems] == ["articles.doubtful_letters"]
    assert "æß" in article.text
