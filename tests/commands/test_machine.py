"""`hoibao doctor`, `setup`, `serve` and `password`: what is on this machine, and what it opens."""

from __future__ import annotations

import io
import socket
import sys
from typing import Any

import pytest
from command_line import Hoibao

from rag.settings import Settings
from rag.texts import text
from rag.web import passwords


def test_doctor(hoibao: Hoibao) -> None:
    result = hoibao("doctor", "--json")
    assert result.code == 1  # the weights are not there
    assert result.json["healthy"] is False
    findings = {finding["name"]: finding for finding in result.json["findings"]}
    assert findings["Mô hình nhúng"] == {
        "name": "Mô hình nhúng",
        "good": False,
        "detail": text("models.missing", name="multilingual-e5-small", folder=Settings.load().models),
    }
    assert findings["Chỉ mục"]["detail"] == f"2 bài, 2 đoạn ở {hoibao.index}"
    assert "✗ Mô hình nhúng: " in hoibao("doctor").out


def test_setup_of_a_server_has_nothing_to_fetch(bare: Hoibao, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOIBAO_LLM", "http://127.0.0.1:9/v1#model")
    monkeypatch.setenv("HOIBAO_EMBEDDER", str(bare.folder))  # a path of one's own is never fetched
    result = bare("setup", "--json")
    assert (result.code, result.json) == (
        0,
        {"models": [{"name": str(bare.folder), "path": str(bare.folder)}]},
    )


def test_setup_fetches_the_reranker_too_when_one_is_set(
    bare: Hoibao, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted: list[str] = []
    monkeypatch.setattr("rag.models.ensure", lambda name, *_, **__: wanted.append(name))
    for name in ("EMBEDDER", "LLM", "RERANKER"):
        monkeypatch.setenv(f"HOIBAO_{name}", f"owner/{name.lower()}")
    assert [m["name"] for m in bare("setup", "--json").json["models"]] == wanted
    assert wanted == ["owner/embedder", "owner/llm", "owner/reranker"]


def test_serve_tells_its_address_when_it_answers(hoibao: Hoibao, monkeypatch: pytest.MonkeyPatch) -> None:
    def announced(load: object, settings: Settings, *, open_browser: bool, announce: Any) -> None:
        assert (settings.host, settings.port, open_browser) == ("127.0.0.1", 7861, False)
        announce("http://127.0.0.1:7861")

    monkeypatch.setattr("rag.web.serve.serve", announced)
    assert hoibao("serve", "--port", 7861, "--json").json == {"url": "http://127.0.0.1:7861"}
    for_eyes = hoibao("serve", "--port", 7861)
    assert for_eyes.err == text("cli.serving", url="http://127.0.0.1:7861") + "\n"


def test_a_port_in_use(hoibao: Hoibao) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        expected = text("web.port_in_use", port=port, other=port + 1)
        assert hoibao.refuses("serve", "--port", port) == expected
        assert hoibao.refuses("serve", "--port", port, "--json") == expected


def test_a_password_is_set_replaced_and_taken_back(bare: Hoibao, monkeypatch: pytest.MonkeyPatch) -> None:
    file = bare.folder / "own" / "passwords"  # where `serve` looks, too
    for typed in ("mười hai con giáp\n", "một câu khác hẳn\n"):
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        assert bare("password", "lan", "--stdin", "--json").json == {
            "name": "lan",
            "file": str(file),
            "removed": False,
        }
    entries = passwords.read(file)
    assert (list(entries), entries["lan"].fits("một câu khác hẳn")) == (["lan"], True)
    assert passwords.in_force(None) == file
    assert bare("password", "lan", "--remove").err == f"Đã bỏ lan khỏi {file}.\n"
    assert passwords.in_force(None) is None
    assert "Không đọc được tệp mật khẩu" in bare.refuses("password", "lan", "--remove")


def test_a_password_is_typed_twice_and_not_shown(bare: Hoibao, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter(["mười hai con giáp", "mười hai con giáp", "một câu khác hẳn", "một câu khác hắn"])
    monkeypatch.setattr("click.termui.hidden_prompt_func", lambda prompt: next(typed))
    file = bare.folder / "mật khẩu"
    assert bare("password", "lan", "--file", file).code == 0
    assert passwords.read(file)["lan"].fits("mười hai con giáp")
    assert bare("password", "lan", "--file", file).err.endswith(
        "Lỗi: Hai lần gõ không giống nhau. Hãy chạy lại lệnh.\n"
    )
    assert passwords.read(file)["lan"].fits("mười hai con giáp")


def test_serve_opens_nothing_to_the_network_without_passwords(bare: Hoibao) -> None:
    assert bare.refuses("serve", "--host", "192.0.2.7") == (
        "Máy khác trong mạng sẽ vào được 192.0.2.7, nên trước hết phải có mật khẩu. "
        "Hãy tạo một tên: hoibao password TÊN"
    )
