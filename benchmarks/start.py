"""How long `hoibao serve` takes until there is a page, until it finds, and until it writes.

python -m benchmarks.start [--rounds 5] [--json]

All is asked for from the first moment on, as by somebody who cannot wait.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from benchmarks.retrieval import DEMO_ARTICLES, DEMO_CASES
from benchmarks.tables import Cell, Table, show
from rag import assemble
from rag.evaluation.command import opened_index
from rag.settings import Settings

QUESTION = "Cầu Sông Mây dài bao nhiêu mét?"
PATIENCE = 120  # seconds
AGAIN = 0.05  # seconds until what was not there is asked for once more
NOTE = (
    "Medians in seconds from the start of the process, n rounds. page: the chat page is there. found: a "
    "search has its answer, the evidence that comes first. word: the first word of an answer to a question "
    "that was asked at once. The weights are in the system's cache; prompt kept: an earlier start has read "
    "its beginning."
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    settings = Settings.load()
    heads = settings.models / ".heads"
    rows: list[list[Cell]] = []
    with opened_index(settings, [DEMO_CASES], [DEMO_ARTICLES], assemble.embedder(settings)) as store:
        folder = store.folder
    started(folder)  # warms the disk
    for name, kept in (("prompt kept", True), ("prompt not kept", False)):
        rounds = []
        for _ in range(options.rounds):
            if not kept:
                shutil.rmtree(heads, ignore_errors=True)
            rounds.append(started(folder))
        rows.append(
            [name, *(statistics.median(one[what] for one in rounds) for what in rounds[0]), len(rounds)]
        )
    show(Table("start", NOTE, ["", "page", "found", "word", "n"], rows), as_json=options.json)


def started(index: Path) -> Mapping[str, float]:
    """Seconds until each of them is there."""
    with tempfile.TemporaryDirectory() as folder:
        places = {
            "PYTHONDONTWRITEBYTECODE": "",  # on a reader's machine what Python compiled is kept
            "HOIBAO_CONVERSATIONS": str(Path(folder, "conversations.db")),
            "HOIBAO_UPLOADS": str(Path(folder, "uploads")),
            "HOIBAO_PORT": "0",
        }
        command = [sys.executable, "-m", "rag", "serve", "--index", str(index), "--json"]
        begun = time.perf_counter()
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | places, text=True) as process:
            assert process.stdout is not None
            try:
                url = json.loads(process.stdout.readline())["url"].rstrip("/")
                ways: Mapping[str, Callable[[str], bool]] = {"page": page, "found": found, "word": word}
                with ThreadPoolExecutor(len(ways)) as threads:
                    waiting = {name: threads.submit(until, way, url, begun) for name, way in ways.items()}
                    return {name: one.result() for name, one in waiting.items()}
            finally:
                process.terminate()


def until(there: Callable[[str], bool], url: str, begun: float) -> float:
    """Seconds since `begun` when it is there."""
    while time.perf_counter() - begun < PATIENCE:
        try:
            if there(url):
                return time.perf_counter() - begun
        except httpx.TransportError:
            pass  # nobody listens yet
        time.sleep(AGAIN)
    raise TimeoutError(url)


def page(url: str) -> bool:
    return httpx.get(url, timeout=PATIENCE).is_success


def found(url: str) -> bool:
    answer = httpx.get(f"{url}/api/search", params={"question": QUESTION}, timeout=PATIENCE)
    return answer.is_success and bool(answer.json()["hits"])


def word(url: str) -> bool:
    """Whether a word came; returns with the first."""
    asked = {"messages": [{"role": "user", "content": QUESTION}], "stream": True}
    with httpx.stream("POST", f"{url}/v1/chat/completions", json=asked, timeout=PATIENCE) as answer:
        if not answer.is_success:
            return False
        for line in answer.iter_lines():
            if line.startswith("data: {"):
                choices = json.loads(line.removeprefix("data: ")).get("choices") or [{}]
                if choices[0].get("delta", {}).get("content"):
                    return True
    return False


if __name__ == "__main__":
    main()
