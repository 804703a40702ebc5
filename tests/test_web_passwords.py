from __future__ import annotations

import logging
import os
import unicodedata
from pathlib import Path

import pytest

from rag.errors import InputError, ServeError
from rag.web.passwords import COST, Hashed, Passwords, put, read, remove

SECRET = "mười hai con giáp"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "thư mục mới" / "passwords"


def test_a_password_is_kept_as_a_salted_hash_that_only_its_owner_may_read(file: Path) -> None:
    assert put(file, "Lan", SECRET)
    assert put(file, "tú", SECRET)
    written = file.read_text(encoding="utf-8")
    assert SECRET not in written
    lan, tu = read(file)["Lan"], read(file)["tú"]
    assert written == f"Lan:{lan.written}\ntú:{tu.written}\n"
    assert lan.written.startswith(f"scrypt${COST}$8$1$")
    assert (lan.salt != tu.salt, lan.digest != tu.digest) == (True, True)
    assert (lan.fits(SECRET), lan.fits(SECRET + " "), lan.fits("")) == (True, False, False)
    if os.name == "posix":
        assert file.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in file.parent.iterdir()] == ["passwords"]


def test_a_letter_is_the_same_however_the_keyboard_composes_it(file: Path) -> None:
    put(file, unicodedata.normalize("NFD", "tú"), unicodedata.normalize("NFD", SECRET))
    assert read(file)["tú"].fits(SECRET)


def test_a_second_password_replaces_the_first(file: Path) -> None:
    put(file, "lan", SECRET)
    assert not put(file, "lan", "một câu khác hẳn")
    assert (read(file)["lan"].fits(SECRET), read(file)["lan"].fits("một câu khác hẳn")) == (False, True)


def test_taking_out_the_last_name_takes_the_file(file: Path) -> None:
    put(file, "lan", SECRET)
    put(file, "tú", SECRET)
    remove(file, "lan")
    assert list(read(file)) == ["tú"]
    with pytest.raises(InputError) as raised:
        remove(file, "lan")
    assert str(raised.value) == f"Không có tên “lan” trong {file}. Các tên có ở đó: tú."
    remove(file, "tú")
    assert not file.exists()


@pytest.mark.parametrize("name", ["", "  ", "a:b", "a\nb", "a\x00", "x" * 65])
def test_names_that_cannot_be_sent(file: Path, name: str) -> None:
    with pytest.raises(InputError) as raised:
        put(file, name, SECRET)
    assert raised.value.key == "web.password_name"
    assert not file.exists()


@pytest.mark.parametrize("password", ["", "bảy chữ", "x" * 257, "mười hai\ncon giáp"])
def test_passwords_that_are_too_short_too_long_or_unprintable(file: Path, password: str) -> None:
    with pytest.raises(InputError) as raised:
        put(file, "lan", password)
    assert str(raised.value) == "Mật khẩu cần từ 8 đến 256 ký tự hiển thị được."


@pytest.mark.parametrize(
    "line",
    [
        "lan:mật khẩu để trần",
        "lan",
        "lan:scrypt$32768$8$1$AAAA",
        "lan:bcrypt$32768$8$1$AAAA$AAAA",
        "lan:scrypt$99999999999$8$1$AAAA$AAAA",
        "lan:scrypt$0$8$1$AAAA$AAAA",
        "lan:scrypt$32768$8$1$A$AAAA",
    ],
)
def test_a_damaged_line_is_named_by_its_number_and_not_shown(file: Path, line: str) -> None:
    put(file, "tú", SECRET)
    with file.open("a", encoding="utf-8") as writing:
        writing.write(line + "\n")
    with pytest.raises(ServeError) as raised:
        read(file)
    assert f"{file} hỏng ở dòng 2" in str(raised.value)
    assert "để trần" not in str(raised.value)


def test_a_hash_reads_back() -> None:
    hashed = Hashed.of(SECRET)
    assert Hashed.read(hashed.written) == hashed


def test_who_is_taken_out_is_out_at_once(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    put(file, "lan", SECRET)
    put(file, "tú", SECRET)
    passwords = Passwords(file)
    assert list(passwords()) == ["lan", "tú"]
    remove(file, "lan")
    assert list(passwords()) == ["tú"]
    file.unlink()
    with caplog.at_level(logging.ERROR):
        assert dict(passwords()) == {}
    assert str(file) in caplog.text
    put(file, "lan", SECRET)
    assert list(passwords()) == ["lan"]
