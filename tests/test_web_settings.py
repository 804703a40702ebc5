from __future__ import annotations

import re
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from web_fakes import BRIDGE, ScriptedAssistant, real_library, scripted_library

from rag import indexing, inventory
from rag.inventory import Place, places, size_on_disk, versions
from rag.models import load_catalogue
from rag.preferences import Preferences
from rag.settings import Settings
from rag.types import Done
from rag.web.about import about
from rag.web.costs import Costs
from rag.web.desk import Desk
from rag.web.markup import escape
from rag.web.pages.settings import Page, _changed, may_save
from rag.web.settings_form import Choice, form, problem, saved, theme, were_reset

FILE = Path("/nhà/hoibao/settings.toml")
NOW = Preferences(Settings(strictness=0.62, hits=12), {}, FILE)
SMALL, LARGE = "qwen2.5-coder-0.5b-instruct-q4_k_m", "qwen2.5-coder-1.5b-instruct-q4_k_m"


def made(now: Preferences = NOW, costs: Costs = Costs(), *, may_save: bool = True) -> str:  # noqa: B008  # frozen
    choices = [Choice(load_catalogue()[LARGE], True), Choice(load_catalogue()[SMALL], False)]
    return form(now, LARGE, choices, costs, may_save=may_save)


def field(html: str, name: str) -> str:
    """The fieldset that holds the input of this name."""
    return next(part for part in html.split("<fieldset") if f'name="{name}"' in part)


def test_the_fields_hold_what_is_set() -> None:
    html = made()
    assert 'min="0" max="1" step="0.01" value="0.62"' in html
    assert '<output for="hb-strictness">0,62</output>' in html
    assert 'id="hb-hits" name="hits" min="1" max="50" step="1" value="12" required=""' in html
    assert f'name="llm" value="{escape(LARGE)}" checked>' in html
    assert 'name="language" value="vi" checked>' in html
    assert " disabled>" not in field(html, "strictness").split(">")[0]


def test_a_model_that_is_not_here_cannot_be_chosen_and_says_how_to_get_it() -> None:
    html = made()
    assert f'name="llm" value="{escape(SMALL)}" disabled>' in html
    assert escape(f"HOIBAO_LLM={SMALL} hoibao setup") in html


def test_a_model_of_ones_own_stands_in_its_box() -> None:
    html = made(replace(NOW, settings=replace(NOW.settings, llm='/m/"a".gguf')))
    assert 'name="llm" value="" checked>' in html
    assert 'name="other" value="/m/&#34;a&#34;.gguf"' in html
    assert f"Đang trả lời bằng {escape(LARGE)}; mô hình đã chọn dùng từ lần khởi động" in html


def test_a_locked_field_is_shut_and_says_by_what() -> None:
    html = made(replace(NOW, locked={"strictness": "HOIBAO_STRICTNESS"}))
    assert field(html, "strictness").startswith(' class="hb-field" disabled>')
    assert "HOIBAO&#95;STRICTNESS quy định" in field(html, "strictness")
    assert field(html, "hits").startswith(' class="hb-field">')


def test_only_what_was_measured_is_said() -> None:
    assert made().count("chưa đo") == 4
    html = made(costs=Costs(answers=3, evidence=0.251, writing=2.5, total=2.75, refusals=1, refusal=0.2))
    assert "tìm và đọc các đoạn mất 0,25 giây (trung vị của 3 câu" in field(html, "hits")
    assert "viết xong mất 2,5 giây" in field(html, "answer_tokens")
    assert "trả lời một câu trong 2,8 giây" in field(html, "llm")
    assert "một lần từ chối mất 0,20 giây (trung vị của 1 lần" in field(html, "strictness")


def test_a_reader_from_elsewhere_sees_but_cannot_change() -> None:
    html = made(may_save=False)
    assert '<fieldset class="hb-all" disabled>' in html
    assert "hoibao password TÊN" in html


def test_what_is_said_afterwards() -> None:
    assert "Đã lưu vào /nhà/hoibao/settings.toml. Có hiệu lực từ câu hỏi sau." in saved(NOW, restart=False)
    assert "lần khởi động sau" in saved(NOW, restart=True)
    assert "Đã khôi phục mặc định" in were_reset(NOW)
    assert problem("<b>") == '<p class="hb-said hb-wrong" role="alert">&#60;b&#62;</p>'
    assert re.findall(r'value="(\w+)"( checked)?', theme()) == [
        ("system", " checked"),
        ("light", ""),
        ("dark", ""),
    ]


@pytest.mark.parametrize(
    ("said", "changed"),
    [
        ({"strictness": "0.62", "hits": "12", "llm": LARGE, "other": ""}, {}),
        ({"strictness": "0.7", "hits": "12"}, {"strictness": "0.7"}),
        ({"llm": "", "other": "/m/b.gguf", "signal": "save"}, {"llm": "/m/b.gguf"}),
        ({"language": "en", "index": "/etc"}, {"language": "en"}),
    ],
)
def test_only_what_a_reader_changed_is_saved(said: dict[str, str], changed: dict[str, str]) -> None:
    assert _changed(said, NOW) == changed


def test_the_next_question_is_answered_under_the_new_settings() -> None:
    with scripted_library(ScriptedAssistant()) as library:
        index = library.settings.index
        desk = Desk(lambda: nullcontext(library))
        desk.apply({"strictness": 0.9, "hits": 3})
        desk.loaded()
        assert (library.settings.strictness, library.settings.hits) == (0.9, 3)
        assert library.settings.index == index
        desk.close()


def test_a_question_is_refused_or_answered_as_the_strictness_of_now_says(settings: Settings) -> None:
    library = real_library(settings, lambda prompt: "Cầu dài 1.240 m, rộng 22 m.")
    indexing.add_articles((BRIDGE,), library.store(), library.embedder, settings)
    desk = Desk(lambda: nullcontext(library))
    desk.loaded()

    def abstains() -> bool:
        *_, last = library.assistant().answer("Cầu Bạch Lạp dài bao nhiêu mét?")
        assert isinstance(last, Done)
        return last.answer.abstained

    assert not abstains()  # strictness 0
    desk.apply({"strictness": 1.0})
    assert abstains()
    desk.apply({"strictness": 0.0})
    assert not abstains()
    desk.close()


def request_from(host: str, reader: str = "", called: str = "127.0.0.1:7860") -> Any:
    """From this address, for the server by the name that it is called."""
    return SimpleNamespace(
        client=SimpleNamespace(host=host), headers={"host": called}, state=SimpleNamespace(reader=reader)
    )


@pytest.mark.parametrize(
    ("host", "reader", "allowed"),
    [
        ("127.0.0.1", "", True),
        ("::1", "", True),
        ("192.168.1.20", "", False),
        ("192.168.1.20", "lan", True),
        ("không phải địa chỉ", "", False),
    ],
)
def test_who_may_save(host: str, reader: str, allowed: bool) -> None:
    assert may_save(request_from(host, reader)) is allowed


def test_a_proxy_on_this_machine_is_no_reader_at_it() -> None:
    assert not may_save(request_from("127.0.0.1", called="toasoan.local"))


def test_nothing_is_saved_for_a_reader_from_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "settings.toml"
    monkeypatch.setattr("rag.web.pages.settings.settings_file", lambda: file)
    page = Page(SimpleNamespace(settings=Settings(), desk=None))  # type: ignore[arg-type]  # never asked
    page.said, page.form = "said", "form"
    event: Any = SimpleNamespace(_data={"hits": "3"})
    for refused in (page.on_save(event, request_from("10.0.0.7")), page.on_reset(request_from("10.0.0.7"))):
        assert list(refused) == ["said"]
        assert "Chỉ người ngồi ở máy chủ" in refused["said"]
    assert not file.exists()


# ── What is where ─────────────────────────────────────────────────────────────────────────────────


def test_places_and_their_sizes(tmp_path: Path) -> None:
    index = tmp_path / "kho" / "sâu"
    index.mkdir(parents=True)
    (index / "a").write_bytes(b"12345")
    (tmp_path / "kho" / "b").write_bytes(b"123")
    settings = Settings(index=tmp_path / "kho", models=tmp_path / "không có")
    found = {place.name: (place.path, place.bytes) for place in places(settings, index / "a")}
    assert list(found) == ["index", "models", "conversations", "uploads", "settings"]
    assert found["index"] == (tmp_path / "kho", 8)
    assert found["models"] == (tmp_path / "không có", None)
    assert found["settings"] == (index / "a", 5)
    assert size_on_disk(tmp_path / "không có") is None


def test_versions_of_what_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inventory, "PARTS", ("tomlkit", "khong-co-goi-nay"))
    assert list(versions()) == ["Hỏi Báo", "Python", "tomlkit"]


def test_the_promise_holds_only_without_a_server() -> None:
    kept = [Place("index", Path("/kho<b>"), 2_500_000), Place("models", Path("/m"), None)]
    html = about(Settings(), kept, {"Python": "3.11"}, load_catalogue().values())
    assert "Câu hỏi, bài báo và câu trả lời không được gửi đi đâu" in html
    assert "<code>/kho&#60;b&#62;</code></td><td>2 MB</td>" in html
    assert "<code>/m</code></td><td>chưa có</td>" in html
    assert "Apache-2.0</a>" in html
    away = about(Settings(llm="https://example.org/v1#gpt"), kept, {}, ())
    assert "được viết ở https://example.org/v1: câu hỏi" in away
    assert "không được gửi đi đâu" not in away
