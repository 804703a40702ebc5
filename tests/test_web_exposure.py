from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rag.errors import ServeError
from rag.settings import Settings
from rag.web.exposure import allowed_hosts, check_exposure, is_local
from rag.web.passwords import put


@pytest.fixture
def passwords(tmp_path: Path) -> Path:
    put(tmp_path / "passwords", "lan", "mười hai con giáp")
    return tmp_path / "passwords"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_this_machine_alone_needs_no_password(host: str) -> None:
    check_exposure(replace(Settings(), host=host))


@pytest.mark.parametrize(
    ("host", "names", "told"),
    [
        ("192.0.2.7", (), "192.0.2.7"),
        ("0.0.0.0", (), "0.0.0.0"),
        ("0", (), "0"),
        ("::", (), "::"),
        ("", (), ""),
        ("2001:db8::1", (), "2001:db8::1"),
        ("127.0.0.1", ("toasoan.example",), "toasoan.example"),  # a proxy carries others here
    ],
)
def test_others_need_one(host: str, names: tuple[str, ...], told: str, passwords: Path) -> None:
    settings = replace(Settings(), host=host, host_names=names)
    with pytest.raises(ServeError) as raised:
        check_exposure(settings)
    assert str(raised.value) == (
        f"Máy khác trong mạng sẽ vào được {told}, nên trước hết phải có mật khẩu. "
        "Hãy tạo một tên: hoibao password TÊN"
    )
    check_exposure(replace(settings, passwords=passwords))


def test_a_file_that_is_named_must_be_there_and_have_names(tmp_path: Path) -> None:
    file = tmp_path / "khác"
    with pytest.raises(ServeError) as raised:
        check_exposure(replace(Settings(), passwords=file))
    assert (raised.value.key, str(file) in str(raised.value)) == ("web.passwords_unreadable", True)
    file.write_text("\n")
    with pytest.raises(ServeError) as raised:
        check_exposure(replace(Settings(), passwords=file))
    assert raised.value.key == "web.passwords_empty"


@pytest.mark.parametrize("name", ["*", "*.example", "toasoan:7860", "http://toasoan", "", "tòa soạn", "-a"])
def test_names_that_no_browser_sends(name: str, passwords: Path) -> None:
    with pytest.raises(ServeError) as raised:
        check_exposure(replace(Settings(), host_names=(name,), passwords=passwords))
    assert raised.value.key == "web.bad_host_name"


@pytest.mark.parametrize(
    ("host", "names", "more"),
    [
        ("127.0.0.1", (), []),
        ("::1", (), []),
        ("192.0.2.7", (), ["192.0.2.7"]),
        ("0.0.0.0", ("ToaSoan.local", "2001:db8::1"), ["toasoan.local", "[2001:db8::1]"]),
    ],
)
def test_allowed_hosts(host: str, names: tuple[str, ...], more: list[str]) -> None:
    settings = replace(Settings(), host=host, host_names=names)
    assert allowed_hosts(settings) == ["127.0.0.1", "localhost", "[::1]", *more]


@pytest.mark.parametrize(
    ("address", "called", "local"),
    [
        ("127.0.0.1", "127.0.0.1:7860", True),
        ("127.8.8.8", "localhost", True),
        ("::1", "[::1]:7860", True),
        ("192.168.1.20", "localhost", False),
        ("203.0.113.7", "127.0.0.1", False),
        ("fe80::1", "localhost", False),
        ("127.0.0.1", "toasoan.example", False),  # through a proxy
        ("127.0.0.1", "192.168.1.10:7860", False),
        ("127.0.0.1", "", False),
        ("testclient", "localhost", False),
        ("", "localhost", False),
    ],
)
def test_who_sits_at_this_machine(address: str, called: str, local: bool) -> None:
    request: Any = SimpleNamespace(client=SimpleNamespace(host=address), headers={"host": called})
    assert is_local(request) is local


def test_nobody_sits_nowhere() -> None:
    request: Any = SimpleNamespace(client=None, headers={"host": "localhost"})
    assert is_local(request) is False
