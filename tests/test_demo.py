"""The demonstration articles keep what rag/demo/README.md promises about them."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from rag.demo import ARTICLES
from rag.language.normalize import tokens

NOTE = "Bài minh họa do dự án Hỏi Báo soạn, không phải tin thật"
SOURCES = {
    "Nhật báo Minh Họa",
    "Thời báo Ví Dụ",
    "Bản tin Mẫu Miền Trung",
    "Tạp chí Thử Nghiệm",
    "Cổng tin Minh Họa",
    "Trang tin Giả Định",
}
KEYS = {"title", "source", "published", "category", "url", "note"}
TWINS = [
    ("cau-song-may-thong-xe", "cau-song-may-thong-xe-cong-tin"),
    ("khong-khi-lanh-lam-giang-2021", "khong-khi-lanh-lam-giang-2021-thoi-bao"),
    ("bong-chuyen-nong-dan-2024", "bong-chuyen-nong-dan-2024-gia-dinh"),
    ("ha-trung-son-xay-dung-dang-2022", "ha-trung-son-xay-dung-dang-2022-cong-tin"),
]
CORRECTIONS = [
    ("dinh-chinh-le-hoi-hoa-cai-2023", "le-hoi-hoa-cai-2023-dong-khach", "62.000", "53.700"),
    ("dinh-chinh-dien-mat-troi-da-dung", "dien-mat-troi-da-dung-94mw", "94 MW", "49 MW"),
    ("dinh-chinh-gia-nuoc-sach-song-may", "gia-nuoc-sach-song-may-9700", "9.700 đồng", "7.900 đồng"),
]


@dataclass(frozen=True, slots=True)
class DemoText:
    """What the file says, read by the shortest means: the project's own readers are tested elsewhere."""

    id: str
    fields: dict[str, str]
    body: str


def read_markdown(path: Path) -> DemoText:
    _, front_matter, body = path.read_text(encoding="utf-8").split("---\n", 2)
    lines = (line.partition(": ") for line in front_matter.splitlines())
    return DemoText(path.stem, {key: value.strip('"') for key, _, value in lines}, body.strip())


def read_text(path: Path) -> DemoText:
    title, _, body = path.read_text(encoding="utf-8").partition("\n\n")
    credit_lines = re.findall(r"^(?:Nguồn:|Theo) (.+)$", body, re.MULTILINE)
    published = re.search(r"(\d{2})/(\d{2})/(20\d{2})", body)
    assert published, path
    day, month, year = published.groups()
    fields = {"title": title, "source": credit_lines[-1], "published": f"{year}-{month}-{day}"}
    return DemoText(path.stem, fields, body)


def read_records(path: Path) -> list[DemoText]:
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        DemoText(
            record["id"],
            {**{key: record[key] for key in KEYS - {"published"}}, "published": record["date"]},
            f"{record['sapo']}\n\n{record['content']}",
        )
        for record in records
    ]


def read_all() -> dict[str, DemoText]:
    texts = [read_markdown(path) for path in sorted(ARTICLES.glob("*.md"))]
    texts += [read_text(path) for path in sorted(ARTICLES.glob("*.txt"))]
    for path in sorted(ARTICLES.glob("*.jsonl")):
        texts += read_records(path)
    by_id = {text.id: text for text in texts}
    assert len(by_id) == len(texts), "two demonstration articles share an id"
    return by_id


DEMO = read_all()


def shingles(text: str) -> set[tuple[str, ...]]:
    words = tokens(text)
    return {tuple(words[i : i + 5]) for i in range(len(words) - 4)}


def test_every_file_is_an_article_in_a_known_format() -> None:
    suffixes = [path.suffix for path in ARTICLES.iterdir()]
    counts = {suffix: suffixes.count(suffix) for suffix in sorted(set(suffixes))}
    assert counts == {".jsonl": 1, ".md": 39, ".txt": 8}
    assert len(DEMO) == 53


def test_the_readme_counts_what_is_there() -> None:
    readme = (ARTICLES.parent / "README.md").read_text(encoding="utf-8")
    counts = re.findall(r"`(?:\*|[a-z-]+)\.(md|txt|jsonl)` \((\d+)\)", readme)
    assert counts == [("md", "39"), ("txt", "8"), ("jsonl", "6")]
    assert "53 bài" in readme
    assert "53 articles" in readme


@pytest.mark.parametrize("path", sorted(ARTICLES.glob("*.md")), ids=lambda path: path.stem)
def test_front_matter_is_complete(path: Path) -> None:
    fields = read_markdown(path).fields
    assert set(fields) - {"author"} == KEYS
    assert fields["note"] == NOTE
    assert all(fields.values())


@pytest.mark.parametrize("text", DEMO.values(), ids=lambda text: text.id)
def test_article_is_well_formed(text: DemoText) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text.id)
    assert 2019 <= datetime.fromisoformat(text.fields["published"]).year <= 2025
    assert 80 <= len(text.body.split()) <= 400
    assert text.fields["source"] in SOURCES
    assert text.fields.get("note", NOTE) == NOTE


def test_topics_sources_and_years_are_spread() -> None:
    assert {text.fields["source"] for text in DEMO.values()} == SOURCES
    categories = {text.fields["category"] for text in DEMO.values() if "category" in text.fields}
    assert len(categories) >= 10
    assert {text.fields["published"][:4] for text in DEMO.values()} == {str(y) for y in range(2019, 2026)}


@pytest.mark.parametrize("path", sorted(ARTICLES.iterdir()), ids=lambda path: path.name)
def test_text_is_composed_and_names_no_real_host(path: Path) -> None:
    content = path.read_text(encoding="utf-8")
    assert content == unicodedata.normalize("NFC", content)
    hosts = re.findall(r"https?://([^/\s\"]+)", content)
    assert set(hosts) <= {"example.org"}
    assert not re.search(r"\b[\w-]+\.(?:vn|com|net|gov|info)\b", content)


@pytest.mark.parametrize(("first", "second"), TWINS)
def test_twins_share_four_fifths_of_their_shingles(first: str, second: str) -> None:
    one, other = shingles(DEMO[first].body), shingles(DEMO[second].body)
    assert len(one & other) / min(len(one), len(other)) >= 0.8
    assert one != other
    assert DEMO[first].fields["source"] != DEMO[second].fields["source"]
    assert DEMO[first].fields["published"] != DEMO[second].fields["published"]


@pytest.mark.parametrize(("correction", "corrected", "wrong", "right"), CORRECTIONS)
def test_a_correction_names_both_figures_and_comes_later(
    correction: str, corrected: str, wrong: str, right: str
) -> None:
    assert wrong in DEMO[corrected].body
    assert right not in DEMO[corrected].body
    assert wrong in DEMO[correction].body
    assert right in DEMO[correction].body
    assert DEMO[correction].fields["published"] > DEMO[corrected].fields["published"]
