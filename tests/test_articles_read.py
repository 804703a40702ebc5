"""Files → articles: formats, encodings, and every way a file can be bad."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from rag.articles import files
from rag.articles.read import find_files, read_articles
from rag.errors import ArticleError, InputError
from rag.types import Article

BODY = "Cầu Sông Trà thông xe sáng nay. Người dân hai xã rất vui."


def read(path: Path) -> tuple[list[Article], list[ArticleError]]:
    errors: list[ArticleError] = []
    return list(read_articles(path, errors.append)), errors


def only(path: Path) -> Article:
    articles, errors = read(path)
    assert errors == []
    [article] = articles
    return article


def problem(path: Path) -> ArticleError:
    articles, errors = read(path)
    assert articles == []
    [error] = errors
    assert str(path) in str(error)
    return error


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


# ── Plain text ────────────────────────────────────────────────────────────────────────────────────


def test_text_file(tmp_path: Path) -> None:
    path = write(tmp_path / "cau-song-tra.txt", f"Cầu mới thông xe\n\n18/11/2020\n\n{BODY}\n")
    article = only(path)
    assert (article.id, article.title, article.text) == ("cau-song-tra", "Cầu mới thông xe", BODY)
    assert (article.published, article.path) == ("2020-11-18", path)


def test_id_is_the_composed_stem(tmp_path: Path) -> None:
    assert only(write(tmp_path / "ca\u0302\u0300u.v1.TXT", BODY)).id == "cầu.v1"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    assert only(write(tmp_path / "a.txt", BODY.encode(encoding))).text == BODY


def test_windows_1258(tmp_path: Path) -> None:
    # Windows-1258 writes tones as characters of their own: "ầ" is "â" and a grave accent.
    decomposed = {"ầ": "â\u0300", "ờ": "ơ\u0300", "ấ": "â\u0301", "ì": "i\u0300"}
    data = "".join(decomposed.get(c, c) for c in "Cầu mới. Người dân rất vui vì cầu.".replace("ớ", "ơ\u0301"))
    assert only(write(tmp_path / "a.txt", data.encode("cp1258"))).text == "Cầu mới. Người dân rất vui vì cầu."


@pytest.mark.parametrize(
    ("name", "content", "key"),
    [
        ("a.txt", b"", "articles.empty_file"),
        ("a.txt", b" \n\r\n", "articles.empty_file"),
        ("a.txt", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "articles.binary_file"),
        ("a.txt", "Привет, мир".encode("koi8-r"), "articles.unknown_encoding"),
        ("a.txt", "Cầu".encode("utf-16") + b"\x00", "articles.unknown_encoding"),
        ("a.xyz", BODY.encode(), "articles.unknown_suffix"),
        ("txt", BODY.encode(), "articles.unknown_suffix"),
        ("a.md", b"<!-- nothing to see -->", "articles.no_text"),
        ("a.json", b"{", "articles.broken_json"),
        ("a.json", b"[" * 100_000, "articles.broken_json"),
        ("a.json", b"17", "articles.no_record"),
        ("a.json", b'{"title": "only a title"}', "articles.no_body"),
        ("a.json", b'{"body": "   "}', "articles.no_body"),
        ("a.json.gz", b"not packed", "articles.unreadable_file"),
        ("a.jsonl.gz", gzip.compress(b'{"body": "a"}')[:-9], "articles.unreadable_file"),
        ("a.jsonl", b"", "articles.empty_file"),
    ],
)
def test_bad_files_are_reported_with_their_name(tmp_path: Path, name: str, content: bytes, key: str) -> None:
    assert problem(write(tmp_path / name, content)).key == key


def test_missing_file(tmp_path: Path) -> None:
    assert problem(tmp_path / "missing.txt").key == "articles.unreadable_file"


@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.json.gz"])
def test_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(files, "MAX_FILE_BYTES", 1_000)
    content = json.dumps({"body": "a" * 2_000}).encode()
    data = gzip.compress(content) if name.endswith(".gz") else content
    assert problem(write(tmp_path / name, data)).key == "articles.large_file"


# ── JSON ──────────────────────────────────────────────────────────────────────────────────────────

RECORD = {
    "id": "tin-1",
    "title": "Cầu mới",
    "content": BODY,
    "description": "Hai xã ven sông đã có cầu.",
    "date": "Thứ tư, 7/2/2024, 23:41 (GMT+7)",
    "source": "Báo Đồng Lâm",
    "url": "https://baodonglam.vn/cau-moi.html",
    "category": "Xã hội",
    "author": ["Hà Lam", "Minh Khôi"],
}


@pytest.mark.parametrize("name", ["a.json", "a.json.gz", "a.jsonl", "a.jsonl.gz"])
def test_record(tmp_path: Path, name: str) -> None:
    data = json.dumps(RECORD, ensure_ascii=False).encode()
    path = write(tmp_path / name, gzip.compress(data) if name.endswith(".gz") else data)
    article = only(path)
    assert article == Article(
        id="tin-1",
        title="Cầu mới",
        text=f"Hai xã ven sông đã có cầu.\n\n{BODY}",
        published="2024-02-07T23:41:00+07:00",
        source="Báo Đồng Lâm",
        url="https://baodonglam.vn/cau-moi.html",
        category="Xã hội",
        author="Hà Lam, Minh Khôi",
        path=path,
        content_hash=article.content_hash,
    )


def test_record_without_metadata(tmp_path: Path) -> None:
    path = write(tmp_path / "tin.json", json.dumps({"text": BODY, "date": "N/A", "title": None, "id": 7}))
    article = only(path)
    assert (article.id, article.title) == ("7", "Cầu Sông Trà thông xe sáng nay.")
    assert (article.text, article.published, article.source) == (BODY, None, None)


def test_records_without_id_are_numbered(tmp_path: Path) -> None:
    records = [{"body": "Một."}, {"body": ["Hai.", "Ba."]}]
    articles, errors = read(write(tmp_path / "tin.json", json.dumps(records)))
    assert [(article.id, article.text) for article in articles] == [
        ("tin-1", "Một."),
        ("tin-2", "Hai.\n\nBa."),
    ]
    assert errors == []
    lines = "\n".join(map(json.dumps, records))
    articles, errors = read(write(tmp_path / "tin.jsonl", "\ufeff" + lines))
    assert [(article.id, article.text) for article in articles] == [
        ("tin-1", "Một."),
        ("tin-2", "Hai.\n\nBa."),
    ]
    assert errors == []


def test_broken_lines_are_named_and_the_others_read(tmp_path: Path) -> None:
    path = tmp_path / "tin.jsonl"
    good = '{"id": "%s", "body": "Một."}\n'
    write(
        path,
        (good % "a" + "{oops\n\n" + good % "b" + "[1]\n" + '{"id": "c"}\n' + good % "a").encode() + b"\xff\n",
    )
    articles, errors = read(path)
    assert [article.id for article in articles] == ["a", "b"]
    assert [(error.key, error.values.get("line", error.values.get("number"))) for error in errors] == [
        ("articles.broken_line", 2),
        ("articles.no_record", 5),
        ("articles.no_body", 6),
        ("articles.duplicate_id", None),
        ("articles.broken_line", 8),
    ]
    assert errors[0].args[0].startswith(f"Bỏ qua dòng 2 của {path}: ")


# ── Markdown ──────────────────────────────────────────────────────────────────────────────────────


def test_markdown(tmp_path: Path) -> None:
    path = write(
        tmp_path / "cau.md",
        """---
title: "Cầu mới: thông xe"
date: 2024-02-07 08:30
source: Báo Đồng Lâm
author: 'Hà Lam'
category: Xã hội
url: https://baodonglam.vn/cau.html
ignored line
---
# Cầu mới: thông xe

Sáng nay, **hai xã** ven sông
đã có [cầu mới](https://baodonglam.vn/x) dài *1,2* km. ![cầu](cau.jpg)

![Toàn cảnh](toan-canh.jpg)

## Con số đáng nhớ

- Vốn: `1.260` tỷ đồng
- Dài: 1,2 km
  1. Nhịp chính
  2. Nhịp dẫn

| Hạng mục | Vốn |
|---|---|
| Cầu | 900 |

> “Vui lắm”, bà Thắm nói.

```python
print("bỏ")
```

<script>alert(1)</script>

Hết <b>bài</b>. 5 &lt; 6 \\* 2.
""",
    )
    article = only(path)
    assert article.title == "Cầu mới: thông xe"
    assert article.text.split("\n\n") == [
        "Sáng nay, hai xã ven sông đã có cầu mới dài 1,2 km.",
        "Con số đáng nhớ",
        "- Vốn: 1.260 tỷ đồng",
        "- Dài: 1,2 km",
        "1. Nhịp chính",
        "2. Nhịp dẫn",
        "Hạng mục | Vốn",
        "Cầu | 900",
        "“Vui lắm”, bà Thắm nói.",
        "Hết bài. 5 < 6 * 2.",
    ]
    assert (article.published, article.source) == ("2024-02-07T08:30:00+07:00", "Báo Đồng Lâm")
    assert (article.author, article.category) == ("Hà Lam", "Xã hội")
    assert article.url == "https://baodonglam.vn/cau.html"


def test_markdown_without_front_matter(tmp_path: Path) -> None:
    article = only(write(tmp_path / "cau.md", f"# Cầu mới thông xe\n\n---\n\n{BODY}\n\n---\n"))
    assert (article.id, article.title, article.text) == ("cau", "Cầu mới thông xe", BODY)


# ── Finding files ─────────────────────────────────────────────────────────────────────────────────


def test_find_files(tmp_path: Path) -> None:
    (tmp_path / "b" / ".git").mkdir(parents=True)
    for name in [
        "z.txt",
        "a.TXT",
        "README.md",
        "b/README.md",
        "b/c.jsonl.gz",
        "b/d.png",
        ".e.txt",
        "b/.git/f.txt",
    ]:
        write(tmp_path / name, BODY)
    (tmp_path / "b" / "loop").symlink_to(tmp_path)
    (tmp_path / "broken.txt").symlink_to(tmp_path / "nowhere.txt")

    def names(*paths: Path) -> list[str]:
        return [file.relative_to(tmp_path).as_posix() for file in find_files(paths)]

    assert names(tmp_path) == ["a.TXT", "z.txt", "b/README.md", "b/c.jsonl.gz"]
    assert names(tmp_path / "z.txt", tmp_path / "b" / ".." / "z.txt", tmp_path) == [
        "z.txt",
        "a.TXT",
        "b/README.md",
        "b/c.jsonl.gz",
    ]
    assert names(tmp_path / "*.txt") == ["z.txt"]
    assert names(tmp_path / "**" / "*.gz") == ["b/c.jsonl.gz"]
    assert names(tmp_path / "?") == ["b/c.jsonl.gz"]
    assert names(tmp_path / "b" / "d.png") == ["b/d.png"]


def test_a_name_with_brackets_is_a_name_first(tmp_path: Path) -> None:
    path = write(tmp_path / "tin [1].txt", BODY)
    assert list(find_files([path])) == [path]


@pytest.mark.parametrize("name", ["missing", "*.pdf"])
def test_unknown_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError) as caught:
        list(find_files([tmp_path / name]))
    assert (caught.value.key, caught.value.values) == ("articles.unknown_path", {"path": tmp_path / name})
