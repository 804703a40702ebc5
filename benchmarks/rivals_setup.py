"""The rivals' own virtual environments, made once in the user's cache, and the processes that run in them.

Making them takes pip, the network and some minutes: llama-cpp-python is compiled where pip has kept no wheel
of it. Where PyTorch comes from is pip's own setting (PIP_EXTRA_INDEX_URL). Running them takes no network.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

import httpx
import platformdirs

from rag.console import say
from rag.settings import APP

SERVER, LLAMA_INDEX, HAYSTACK = "llama_cpp.server", "llama-index", "haystack"
PACKAGES: Mapping[str, tuple[str, ...]] = {
    SERVER: ("llama-cpp-python[server]",),
    LLAMA_INDEX: (
        "llama-index-core==0.14.25",
        "llama-index-embeddings-huggingface==0.8.0",
        "llama-index-llms-llama-cpp==0.7.0",
        "llama-cpp-python",
        "sentence-transformers",
        "torch",
        "transformers",
    ),
    HAYSTACK: (
        "haystack-ai==3.4.1",
        "llama-cpp-haystack==3.0.2",
        "sentence-transformers-haystack==2.0.0",
        "llama-cpp-python",
        "sentence-transformers",
        "torch",
        "transformers",
    ),
}
SHARED = ("llama-cpp-python", "sentence-transformers", "torch", "transformers")  # in the versions that we run
CHILD = Path(__file__).with_name("rivals_child.py")
COMPLETE = "complete"  # written last: what pip was asked for
STARTS_WITHIN = 120  # seconds
NOWHERE = "http://127.0.0.1:9"
QUIET = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "DO_NOT_TRACK": "1",
    "PYTHONIOENCODING": "utf-8",
    # Whoever wants to call out all the same talks to a closed port of this machine.
    "HTTP_PROXY": NOWHERE,
    "HTTPS_PROXY": NOWHERE,
}


class RivalError(Exception):
    """A rival that does not start, or that has no answer."""


def requirements(rival: str) -> list[str]:
    """What pip is asked for: the rival as it is pinned here, what we share in the version that runs here."""
    ours = {name: version(name).partition("+")[0] for name in SHARED}  # "2.13.0+cpu" is a build of 2.13.0
    names = [(package, package.partition("[")[0]) for package in PACKAGES[rival]]
    return [f"{package}=={ours[name]}" if name in ours else package for package, name in names]


def interpreter(rival: str) -> Path:
    """The Python of the rival's environment, which is made when it is not there or of another version."""
    folder = Path(platformdirs.user_cache_dir(APP, appauthor=False)) / "rivals" / rival
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wanted = "\n".join(requirements(rival))
    kept = folder / COMPLETE
    if kept.exists() and kept.read_text(encoding="utf-8") == wanted:
        return python
    say(f"{rival}: {folder}", markup=False)
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(folder)],
        [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *wanted.split("\n")],
    ):
        subprocess.run(command, stdout=sys.stderr, check=True)
    kept.write_text(wanted, encoding="utf-8")
    return python


class Child:
    """A framework with its own index of the articles, in a process of its own; see rivals_child.py."""

    def __init__(self, rival: str, given: Mapping[str, Any]) -> None:
        """Returns when it has indexed. Raises RivalError when it does not get there."""
        self.rival = rival
        self._process = subprocess.Popen(
            [interpreter(rival), CHILD, rival],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | QUIET,
            encoding="utf-8",
        )
        self.ask(given)

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Raises RivalError."""
        print(json.dumps(request), file=_pipe(self._process.stdin), flush=True)
        line = _pipe(self._process.stdout).readline()
        if not line:
            raise RivalError(f"{self.rival}: exit code {self._process.wait()}")
        told: dict[str, Any] = json.loads(line)
        return told

    def close(self) -> None:
        _pipe(self._process.stdin).close()
        self._process.wait()


@contextmanager
def server(model: Path, *, threads: int, context: int) -> Iterator[str]:
    """The address of llama-cpp-python's own server, tuned by hand: logits of the last token alone, too.

    Raises RivalError when it does not start.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = {
        "model": model, "host": "127.0.0.1", "port": port, "n_ctx": context, "n_batch": 512,
        "n_threads": threads, "n_threads_batch": threads, "flash_attn": True, "logits_all": False,
        "verbose": False,
    }  # fmt: skip
    arguments = [str(part) for name, value in options.items() for part in (f"--{name}", value)]
    process = subprocess.Popen(
        [interpreter(SERVER), "-m", SERVER, *arguments], stdout=subprocess.DEVNULL, env=os.environ | QUIET
    )
    try:
        url = f"http://127.0.0.1:{port}/v1"
        _wait_for(url, process)
        yield url
    finally:
        process.terminate()
        process.wait()


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while process.poll() is None and time.monotonic() < until:
        try:
            if httpx.get(f"{url}/models", trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.2)  # it loads the model first
    raise RivalError(f"{SERVER}: did not start, exit code {process.poll()}")


def _pipe(stream: IO[str] | None) -> IO[str]:
    assert stream is not None  # it was asked for
    return stream
