from __future__ import annotations

from html.parser import HTMLParser

import pytest
from web_payloads import DISGUISED, PAYLOADS

from rag.web.markup import attributes, day, escape, number, safe_link


class Reader(HTMLParser):
    """What a browser would see: tags with their attributes, and the text between them."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.values: dict[str, list[str]] = {}
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        for name, value in attrs:
            self.values.setdefault(name, []).append(value or "")

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration: {decl}")


def test_escape_leaves_vietnamese_alone() -> None:
    assert escape("Thủ tướng: 1.240 m, “ừ” (50%)") == "Thủ tướng: 1.240 m, “ừ” (50%)"


def test_escape_exactly() -> None:
    assert escape("<b a=\"1\" c='2'>&`[x](y)*_~$\\{}|\n") == (
        "&#60;b a=&#34;1&#34; c=&#39;2&#39;&#62;&#38;&#96;&#91;x&#93;(y)"
        "&#42;&#95;&#126;&#36;&#92;&#123;&#125;&#124;&#10;"
    )


def test_escape_replaces_invisible_characters_one_for_one() -> None:
    assert escape("a\u202eb\x00c\ud800d") == "a\ufffdb\ufffdc\ufffdd"


@pytest.mark.parametrize("payload", PAYLOADS)
def test_escaped_payload_is_text(payload: str) -> None:
    reader = Reader(f"<p>{escape(payload)}</p>")
    assert (reader.tags, reader.text) == ([("p", ())], payload)
    assert "\n" not in escape(payload)


@pytest.mark.parametrize("payload", DISGUISED)
def test_invisible_characters_hide_nothing(payload: str) -> None:
    reader = Reader(f"<p{attributes({'data-x': payload})}>{escape(payload)}</p>")
    assert (reader.tags, len(reader.text)) == ([("p", ("data-x",))], len(payload))
    assert reader.values == {"data-x": [reader.text]}
    assert "\ufffd" in reader.text
    assert all(character.isprintable() for character in reader.text)


def test_there_are_three_hundred_of_them() -> None:
    assert len({*PAYLOADS, *DISGUISED}) == len(PAYLOADS) + len(DISGUISED) > 300


@pytest.mark.parametrize("payload", PAYLOADS)
def test_escaped_payload_is_one_attribute(payload: str) -> None:
    reader = Reader(f"<p{attributes({'data-x': payload})}></p>")
    assert (reader.tags, reader.values) == ([("p", ("data-x",))], {"data-x": [payload]})


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://example.org/a?b=1", "https://example.org/a?b=1"),
        ("http://example.org", "http://example.org"),
        ("javascript:alert(1)", None),
        ("JaVaScRiPt:alert(1)", None),
        ("java\nscript:alert(1)", None),
        (" https://example.org", None),
        ("data:text/html,<script>", None),
        ("//example.org", None),
        ("/local", None),
        ("https://", None),
        ("https://[bad", None),
        ("", None),
        (None, None),
    ],
)
def test_safe_link(url: str | None, link: str | None) -> None:
    assert safe_link(url) == link


@pytest.mark.parametrize(
    ("published", "written"),
    [
        ("2021-09-25T16:58:00+07:00", "25/09/2021 16:58"),
        ("2021-01-22", "22/01/2021"),
        ("hôm qua", "hôm qua"),
        ("2021-99-99T00:00", "2021-99-99T00:00"),
        (None, None),
    ],
)
def test_day(published: str | None, written: str | None) -> None:
    assert day(published) == written


def test_number_in_both_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (number(1234), number(1.84, 1)) == ("1.234", "1,8")
    monkeypatch.setenv("HOIBAO_LANG", "en")
    assert (number(1234), number(1.84, 1)) == ("1,234", "1.8")
