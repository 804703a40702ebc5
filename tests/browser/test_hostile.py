"""Articles, questions and answers that attack: nothing of them runs, loads or sends; all of it is text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Dialog, FilePayload, Page, expect
from web_fakes import ScriptedAssistant, fake_models, hit
from web_fakes import answer as answer_of
from web_payloads import BREAKOUTS, DISGUISED, PAYLOADS

from rag import indexing
from rag.articles.clean import content_hash
from rag.library import Library
from rag.settings import Settings
from rag.store import ArticleSummary
from rag.types import (
    Article,
    Done,
    Event,
    Evidence,
    Message,
    Query,
    Quote,
    Retrieved,
    Token,
    Understood,
    Withheld,
)

from .conftest import Served
from .test_chat import ask

# Half characters never get this far: what reads articles drops them, and models write whole ones.
ATTACKS = tuple(attack for attack in (*PAYLOADS, *DISGUISED) if not re.search("[\ud800-\udfff]", attack))
A_TURN = 24  # attacks in an answer
TURNS = [tuple(ATTACKS[start : start + A_TURN]) for start in range(0, len(ATTACKS), A_TURN)]
TABLES = {"caption", "input", "table", "tbody", "td", "th", "thead", "tr"}
FIELDS = {"form", "input", "label", "option", "select"}
DRAWN = {"dd", "dl", "dt", "figcaption", "figure", "g", "line", "path", "rect", "svg", "text", "title"}
UNSHOWN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

OURS = {
    "a", "aside", "b", "br", "button", "details", "div", "footer", "h1", "h2", "h3", "header", "li",
    "mark", "nav", "ol", "p", "q", "s", "section", "span", "strong", "summary", "ul",
}  # fmt: skip
"""The elements that we write ourselves. None of them runs or loads anything."""

WRITTEN = """place => [...document.querySelectorAll(place + ' *')].flatMap(element => {
    const leads = ['href', 'src', 'action', 'formaction', 'ping', 'background'];
    const bad = [...element.attributes].filter(({name, value}) => name.startsWith('on')
        || ['style', 'srcdoc'].includes(name) || leads.includes(name) && !/^(https?:|\\/)/.test(value));
    return [element.localName, ...bad.map(({name, value}) => `${name}=${value}`)];
})"""
"""The names of all elements at a place, and the attributes that could do something."""

OPEN_ALL = """async ([number, expected]) => {
    const failed = [];
    const turn = document.querySelectorAll('#hb-conversation .hb-turn')[number];
    const cards = [...turn.querySelectorAll('.hb-cards .hb-card')];
    const said = selector => document.querySelector('.hb-panel ' + selector)?.textContent;
    for (const [at, [title, text]] of expected.entries()) {
        cards[at].click();
        const deadline = performance.now() + 3000;
        while ((said('.hb-title') !== title || said('.hb-text') !== text) && performance.now() < deadline)
            await new Promise(done => setTimeout(done, 5));
        if (said('.hb-text') !== text) failed.push([title, said('.hb-article')]);
    }
    for (const element of document.querySelectorAll('.hb-panel *, .hb-turn *'))
        for (const kind of ['mouseover', 'pointerover', 'focus']) element.dispatchEvent(new Event(kind));
    return failed;
}"""


def shown(text: str) -> str:
    return UNSHOWN.sub("\ufffd", text)


def article(number: int, attack: str) -> Article:
    """The attack in everything that an article brings along."""
    return Article(
        id=f"{number} {shown(attack)}",
        title=attack,
        text=f"Đoạn đầu {attack}\n\n{attack}\n\nĐoạn cuối {attack}.",
        published=attack,
        source=attack,
        url=attack,
        category=attack,
        author=attack,
        path=Path("/bao", f"{shown(attack)}.txt"),
    )


BY_ID = {made.id: made for made in (article(number, attack) for number, attack in enumerate(ATTACKS))}


STORED = [replace(made, content_hash=content_hash(made)) for made in BY_ID.values()]


@dataclass
class Hostile(ScriptedAssistant):
    """Answers the n-th question with the n-th lot of attacks, in the words of the model as well."""

    def answer(self, question: str, history: Sequence[Message] = (), **more: Any) -> Iterator[Event]:
        number = len(self.asked)
        self.asked.append((question, tuple(history)))
        cited = [Quote(made, 0, len(made.text)) for made in BY_ID.values() if made.title in TURNS[number]]
        attacks = " ".join(TURNS[number])
        query = Query(question, f"{attacks}?", notes=TURNS[number])
        yield Understood(query)
        yield Retrieved(tuple(hit(rank, quote) for rank, quote in enumerate(cited, 1)))
        yield Evidence(tuple(cited))
        yield Token(attacks)
        sentences = [(f"Mô hình viết {quote.article.title}", (quote,)) for quote in cited]
        withheld = tuple(Withheld(attack, "words") for attack in TURNS[number])
        yield Done(answer_of(question, sentences, query=query, model=attacks, withheld=withheld))

    def article(self, article_id: str) -> Article:
        return BY_ID[article_id]

    def articles(self) -> list[ArticleSummary]:
        return [
            ArticleSummary(
                a.id, a.title, a.published, a.source, a.url, a.category, str(a.path), len(a.text), 1
            )
            for a in BY_ID.values()
        ]


@pytest.fixture
def hacked(
    open_page: Callable[..., Page], serve_chat: Callable[..., Served]
) -> Iterator[tuple[Page, Served]]:
    """The page of a server whose articles all attack; fails the test when one got as far as a dialog."""
    served = serve_chat(Hostile(pace=0), max_question=100_000)
    dialogs: list[str] = []
    page = open_page(served.url)

    def dismiss(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", dismiss)
    page.locator('.hb-tagline[data-state="ready"]').wait_for()
    yield page, served
    assert dialogs == []
    assert page.url.startswith(served.url)
    assert page.context.pages == [page]


def question(attacks: Sequence[str]) -> str:
    return " ".join(attacks)


def test_three_hundred_attacks_are_text_wherever_they_are_shown(hacked: tuple[Page, Served]) -> None:
    page, served = hacked
    for number, attacks in enumerate(TURNS):
        ask(page, question(attacks))
        turn = page.locator("#hb-conversation .hb-turn").nth(number)
        expect(turn.locator(".hb-answer .hb-mark").first).to_be_visible()
        written = turn.text_content() or ""
        assert [attack for attack in attacks if shown(attack.strip()) not in written] == []
        expected = [
            (shown(attack.strip()), shown(f"Đoạn đầu {attack}\n\n{attack}\n\nĐoạn cuối {attack}."))
            for attack in attacks
        ]
        assert page.evaluate(OPEN_ALL, [number, expected]) == []
        for place in (".hb-turn", ".hb-panel"):
            assert set(page.evaluate(WRITTEN, place)) - OURS == set()
    assert len(served.assistant.asked) == len(TURNS)


@pytest.fixture
def kept(serve_chat: Callable[..., Served], tmp_path: Path) -> Served:
    """A server with a real index of the articles that attack."""
    settings = Settings(index=tmp_path / "kho" / "default", uploads=tmp_path / "tải lên")

    @contextmanager
    def load() -> Iterator[Library]:
        library = Library(settings, *fake_models(lambda prompt: ""))
        made = [replace(one, published=f"2024-05-{number % 28 + 1:02}") for number, one in enumerate(STORED)]
        indexing.add_articles(made, library.store(), library.embedder, settings)
        yield library
        library.close()

    return serve_chat(ScriptedAssistant(), load, uploads=settings.uploads, index=settings.index)


def test_the_library_shows_them_as_text_too(kept: Served, open_page: Callable[..., Page]) -> None:
    page = open_page(kept.url)
    page.get_by_role("navigation", name="Các trang").get_by_role("link", name="Thư viện").click()
    page.locator(".hb-articles").wait_for()
    seen: list[str] = []
    onwards = page.get_by_role("button", name="Trang sau")
    for number in range(-(-len(STORED) // 50)):
        expect(page.locator(".hb-paging")).to_contain_text(f"Trang {number + 1}/")
        seen += page.locator(".hb-open-article").all_text_contents()
        assert set(page.evaluate(WRITTEN, "#hb-library .hb-articles")) - OURS - TABLES == set()
        page.locator(".hb-open-article").last.click()
        sheet = page.get_by_role("dialog", name="Xem bài")
        expect(sheet.locator(".hb-title")).to_have_text(seen[-1])
        page.keyboard.press("Escape")
        if onwards.is_enabled():
            onwards.click()
    assert sorted(seen) == sorted(shown(one.title.strip()) for one in STORED)
    options = page.locator(".hb-filters select[name=source] option").all_text_contents()
    assert set(options[1:]) == {shown(one.source or "") for one in STORED}
    assert set(page.evaluate(WRITTEN, ".hb-filters")) - OURS - FIELDS == set()


def test_so_does_the_page_of_figures(kept: Served, open_page: Callable[..., Page]) -> None:
    page = open_page(kept.url)
    page.get_by_role("navigation", name="Các trang").get_by_role("link", name="Số liệu").click()
    expect(page.locator("#hb-names")).to_contain_text("Đếm trong toàn bộ", timeout=30_000)
    for place in ("#hb-overview", "#hb-names"):
        assert set(page.evaluate(WRITTEN, f"{place} .html-container")) - OURS - TABLES - DRAWN == set()


def test_names_of_files_and_collections_are_text(kept: Served, open_page: Callable[..., Page]) -> None:
    page = open_page(kept.url)
    page.get_by_role("navigation", name="Các trang").get_by_role("link", name="Thư viện").click()
    page.locator(".hb-articles").wait_for()
    names = [f"{attack}.exe" for attack in PAYLOADS if "\n" not in attack and "\r" not in attack]
    page.locator("#hb-drop input[type=file]").first.set_input_files(
        [FilePayload(name=name, mimeType="text/plain", buffer=b"x") for name in names[:40]]
    )
    expect(page.locator(".hb-sending")).to_contain_text("không đọc được loại tệp này")
    assert set(page.evaluate(WRITTEN, "#hb-library .hb-sending")) - OURS == set()
    page.get_by_text("Tạo bộ mới").click()
    for attack in BREAKOUTS[:5]:
        page.get_by_label("Tên bộ mới").fill(attack)
        page.get_by_label("Tên bộ mới").press("Enter")
        expect(page.get_by_role("alert")).to_contain_text(attack)
    assert set(page.evaluate(WRITTEN, "#hb-library [role=alert]")) - OURS == set()
