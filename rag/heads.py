"""What the model made of the words before every question, kept on disk: read once per model, not per start.

A cache and nothing more: a file that is damaged, or of another model, version or prompt, is not used.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

KEPT = 4  # files, the youngest: one is some 8 MB
CHECK = hashlib.sha256().digest_size


@dataclass(frozen=True, slots=True)
class Heads:
    """The heads of one model file, in a folder that those of others share."""

    folder: Path
    model: Path

    def load(self, tokens: Sequence[int]) -> bytes | None:
        """What was kept for these tokens, None when nothing was or it is damaged."""
        try:
            content = self._file(tokens).read_bytes()
        except OSError:
            return None
        check, state = content[:CHECK], content[CHECK:]
        return state if hashlib.sha256(state).digest() == check else None

    def save(self, tokens: Sequence[int], state: bytes) -> None:
        """Keeps it, if the disk lets us: without it the next start only takes longer."""
        file = self._file(tokens)
        half = file.with_suffix(f".{os.getpid()}")
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            half.write_bytes(hashlib.sha256(state).digest() + state)
            half.replace(file)
        with suppress(OSError):
            files = sorted(self.folder.iterdir(), key=lambda one: one.stat().st_mtime, reverse=True)
            for old in (*files[KEPT:], half):
                old.unlink(missing_ok=True)

    def _file(self, tokens: Sequence[int]) -> Path:
        """Named for all that its content depends on."""
        found = self.model.stat()
        known = (
            str(self.model.resolve()),
            found.st_size,
            found.st_mtime_ns,
            metadata.version("llama-cpp-python"),
            tuple(tokens),
        )
        return self.folder / f"{hashlib.sha256(repr(known).encode()).hexdigest()[:32]}.kv"
