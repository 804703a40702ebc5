"""The file of passwords: a name and the scrypt hash of a password a line, `lan:scrypt$32768$8$1$…$…`."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import logging
import os
import tempfile
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from rag.errors import InputError, ServeError
from rag.settings import APP
from rag.store.files import move

log = logging.getLogger(__name__)

COST, BLOCK, LANES = 2**15, 8, 1  # 32 MiB and a tenth of a second a try
MOST_COST, MOST_BLOCK, MOST_LANES = 2**20, 32, 16  # of a file that another program wrote
SALT, DIGEST = 16, 32  # bytes
SHORTEST, LONGEST = 8, 256  # characters of a password
LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class Hashed:
    """A password as it is kept."""

    cost: int
    block: int
    lanes: int
    salt: bytes
    digest: bytes

    @classmethod
    def of(cls, password: str) -> Hashed:
        salt = os.urandom(SALT)
        return cls(COST, BLOCK, LANES, salt, _scrypt(password, salt, COST, BLOCK, LANES))

    @classmethod
    def read(cls, written: str) -> Hashed:
        """Raises ValueError for anything that `written` below has not made."""
        method, cost, block, lanes, salt, digest = written.split("$")
        numbers = int(cost), int(block), int(lanes)
        ceilings = MOST_COST, MOST_BLOCK, MOST_LANES
        if method != "scrypt" or not all(0 < n <= most for n, most in zip(numbers, ceilings, strict=True)):
            raise ValueError(method)
        return cls(*numbers, base64.b64decode(salt, validate=True), base64.b64decode(digest, validate=True))

    @property
    def written(self) -> str:
        salt, digest = (base64.b64encode(part).decode() for part in (self.salt, self.digest))
        return f"scrypt${self.cost}${self.block}${self.lanes}${salt}${digest}"

    def fits(self, password: str) -> bool:
        """Takes as long for a wrong password as for the right one."""
        made = _scrypt(password, self.salt, self.cost, self.block, self.lanes)
        return hmac.compare_digest(made, self.digest)


def _scrypt(password: str, salt: bytes, cost: int, block: int, lanes: int) -> bytes:
    """One keyboard writes "ế" as one character, another as two: both are the same password."""
    return hashlib.scrypt(
        unicodedata.normalize("NFC", password).encode(),
        salt=salt,
        n=cost,
        r=block,
        p=lanes,
        maxmem=2 * 128 * cost * block + 2**20,
        dklen=DIGEST,
    )


# ── The file ──────────────────────────────────────────────────────────────────────────────────────


def usual_file() -> Path:
    """Where the file is unless the setting `passwords` names another."""
    return Path(platformdirs.user_config_dir(APP, appauthor=False)) / "passwords"


def in_force(named: Path | None) -> Path | None:
    """The file that `serve` goes by: the one named in the settings, else the usual one when it is there."""
    return named or (usual_file() if usual_file().exists() else None)


def read(file: Path) -> dict[str, Hashed]:
    """Hashed passwords by name. Raises ServeError for a file that is missing, damaged or without a name."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ServeError("web.passwords_unreadable", file=file, reason=error.strerror or error) from error
    except UnicodeDecodeError as error:
        raise ServeError("web.passwords_unreadable", file=file, reason=error) from error
    entries: dict[str, Hashed] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        name, _, hashed = line.strip().rpartition(":")
        try:
            entries[name] = Hashed.read(hashed)
        except (ValueError, binascii.Error) as error:
            raise ServeError("web.passwords_damaged", file=file, number=number) from error
    if not entries:
        raise ServeError("web.passwords_empty", file=file)
    return entries


def put(file: Path, name: str, password: str) -> bool:
    """Gives `name` a password; the file is made when there is none. True: the name is new.

    Raises InputError for a name or password that cannot be used, ServeError for a damaged file.
    """
    name = usable_name(name)
    if not SHORTEST <= len(password) <= LONGEST or not password.isprintable():
        raise InputError("web.password_unusable", shortest=SHORTEST, longest=LONGEST)
    entries = read(file) if file.exists() else {}
    new = name not in entries
    _write(file, {**entries, name: Hashed.of(password)})
    return new


def remove(file: Path, name: str) -> None:
    """Takes a name out; the file goes with its last name. Raises InputError when it has no such name."""
    entries = read(file)
    if entries.pop(usable_name(name), None) is None:
        raise InputError("web.password_nobody", name=name, file=file, names=", ".join(entries))
    if entries:
        _write(file, entries)
    else:
        file.unlink()


def usable_name(name: str) -> str:
    """`name` as it is kept. Raises InputError when it cannot be sent as the name of HTTP's Basic."""
    name = unicodedata.normalize("NFC", name.strip())
    if not 0 < len(name) <= LONGEST_NAME or ":" in name or not name.isprintable():
        raise InputError("web.password_name", name=name, longest=LONGEST_NAME)
    return name


def _write(file: Path, entries: Mapping[str, Hashed]) -> None:
    """Whole or not at all; nobody but the owner may read it, from the first byte on."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, beside = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")  # made with mode 600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as writing:
            writing.writelines(f"{name}:{hashed.written}\n" for name, hashed in entries.items())
            writing.flush()
            os.fsync(writing.fileno())
        move(Path(beside), file)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


class Passwords:
    """The passwords of a file, read again whenever it changes: who is taken out is out at once."""

    def __init__(self, file: Path) -> None:
        """Raises ServeError as `read` does."""
        self._file = file
        self._stamp = self._look()
        self._entries = read(file)

    def __call__(self) -> Mapping[str, Hashed]:
        """Empty, so that nobody comes in, while the file is gone or damaged."""
        stamp = self._look()
        if stamp != self._stamp:
            self._stamp = stamp
            try:
                self._entries = read(self._file)
            except ServeError as error:
                log.error("%s", error)  # noqa: TRY400  # the message is for the log, there is no bug to trace
                self._entries = {}
        return self._entries

    def _look(self) -> tuple[int, int, int] | None:
        try:
            status = self._file.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino
