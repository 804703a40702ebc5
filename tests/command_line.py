"""The command line, run in this process with models that are fakes, and the articles that it is given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rag.cli import main
from rag.store import Store

BRIDGE = (
    "Khởi công cầu Sông Mây\n\n"
    "Sáng 15/3, tỉnh Hà Trung Sơn khởi công cầu Sông Mây. Cầu dài 486 m, rộng 12 m, có hai làn xe.\n\n"
    "Ông Vi Văn Thắng, Phó Chủ tịch UBND tỉnh, cho biết tổng mức đầu tư là 347 tỷ đồng.\n"
)
RICE = {
    "id": "lua",
    "title": "Lúa HS18 được mùa",
    "body": "Vụ đông xuân, giống lúa HS18 đạt 7,2 tấn mỗi hecta. Bà Lò Thị Én trồng 3 ha ở xã An Thuận.",
    "published": "2022-06-01",
    "source": "Thời báo Ví Dụ",
}
QUESTION = "Cầu Sông Mây dài bao nhiêu?"
LENGTH = "Cầu dài 486 m, rộng 12 m, có hai làn xe."
HIT_KEYS = {
    "rank", "score", "article_id", "passage_id", "title", "published", "source", "text", "start", "end",
}  # fmt: skip


class Result:
    """What a run of the command left behind."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> dict[str, Any]:
        """stdout, which holds one JSON object on one line and nothing else."""
        assert self.out.endswith("\n")
        assert self.out.count("\n") == 1
        value = json.loads(self.out)
        assert isinstance(value, dict)
        return value


class Hoibao:
    """The command, run in this process with models that are fakes."""

    def __init__(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        self._capsys = capsys
        self.folder = folder
        self.index = folder / "chỉ mục"

    def __call__(self, *arguments: object) -> Result:
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        out, err = self._capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Result(ended.value.code, out, err)

    def refuses(self, *arguments: object) -> str:
        """The one line that a command which cannot be done leaves on stderr."""
        result = self(*arguments)
        assert (result.code, result.out) == (2, "")
        assert result.err.count("\n") == 1
        assert result.err.startswith("Lỗi: ")
        return result.err.removeprefix("Lỗi: ").rstrip("\n")

    def write(self, name: str, content: str | bytes) -> Path:
        file = self.folder / "bài báo" / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file


def stored_text(hoibao: Hoibao, article_id: str) -> str:
    store = Store.open(hoibao.index)
    try:
        with store.snapshot() as snapshot:
            return snapshot.article(article_id).text
    finally:
        store.close()
