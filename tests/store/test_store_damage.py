"""Any byte of any file may change: never another answer unsaid. More: `python -m benchmarks.damage`."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from benchmarks import damage, durable


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """An index that was closed, and one whose writer was killed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(durable, "KEPT", damage.ARTICLES)
        return damage.made(tmp_path_factory.mktemp("gốc"))


@pytest.mark.parametrize("seed", range(24))
def test_damage_is_healed_or_named(
    originals: tuple[Path, Path], tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durable, "KEPT", damage.ARTICLES)
    copy = tmp_path / "bản sao"
    shutil.copytree(originals[seed % 3 == 0], copy)
    damage.mutate(copy, random.Random(seed))
    assert damage.judge(copy)[0] in ("healed", "named", "found by verify", "without effect")


def test_the_harness_sees_what_it_is_to_see(
    originals: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durable, "KEPT", damage.ARTICLES - 1)
    assert damage.judge(originals[0])[0] == "wrong"
    monkeypatch.setattr(durable, "KEPT", damage.ARTICLES)
    assert damage.judge(originals[0]) == ("without effect", "")
    monkeypatch.setattr(durable, "read", lambda _: 1 / 0)
    assert damage.judge(originals[0])[0] == "crash"
