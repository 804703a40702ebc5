"""Whether anything leaves the machine: the installed commands, traced where there is no network.

    python -m benchmarks.offline [--sample 4] [--json]

`hoibao setup`, `index add`, `ask`, `eval` and `serve` run with the real models in a name space of their own
(`unshare -rn`) that has a loopback device and nothing else, each under `strace -f`. A command that needed the
network would fail; one that only tried would be seen. Linux, with strace and unshare.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from ipaddress import ip_address
from pathlib import Path

import httpx

from benchmarks.tables import Cell, Table, show
from rag.console import say

INSIDE = "BENCHMARK_OFFLINE_INSIDE"  # set for the process that runs in the name space
DEMO = Path(str(files("rag.demo") / "articles"))
CASES = Path(__file__).parent.parent / "tests" / "eval" / "demo.jsonl"
QUESTION = "Cầu Sông Mây dài bao nhiêu mét?"
PORT = 7861
STARTS, STOPS = 600, 60  # seconds to wait for the server to begin, and to end
_CALLS = "connect|sendto|sendmsg|sendmmsg"
_ADDRESSED = re.compile(rf'\b({_CALLS})\(.*?(?:inet_addr\("([^"]+)"|inet_pton\(AF_INET6, "([^"]+)")')
_LOCAL = re.compile(r"\bconnect\(\d+, \{sa_family=AF_UNIX")
NOTE = (
    "In a name space without network; every process that a command starts is traced with it. Network calls: "
    "all system calls on sockets. To this machine: connections to loopback addresses and to Unix sockets. "
    "Elsewhere: connections and datagrams to any other address, answered or not, such as those that look up "
    "a name. Answered: whether an answer with citations came out."
)


@dataclass(frozen=True, slots=True)
class Traced:
    """What one command did."""

    step: str
    code: int
    seconds: float
    answered: bool | None  # None where nothing is asked
    calls: Counter[str]  # all, here, elsewhere


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sample", type=int, default=4, help="questions of the evaluation")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if INSIDE not in os.environ:
        missing = [name for name in ("strace", "unshare") if shutil.which(name) is None]
        if missing:
            print(f"not installed: {', '.join(missing)}", file=sys.stderr)
            sys.exit(2)
        again = ["unshare", "-rn", sys.executable, "-m", "benchmarks.offline", *sys.argv[1:]]
        os.execvpe("unshare", again, {**os.environ, INSIDE: "1"})  # noqa: S606, S607
    raise_loopback()
    with tempfile.TemporaryDirectory() as temporary:
        done = run_all(Path(temporary), options.sample)
    show(table(done), as_json=options.json)
    if any(each.code or each.calls["elsewhere"] or each.answered is False for each in done):
        sys.exit(1)


def raise_loopback() -> None:
    """Brings up the one device of the name space. Exits when there is another one."""
    import fcntl  # imported here: Windows has none

    devices = [name for _, name in socket.if_nameindex()]
    if devices != ["lo"]:
        sys.exit(f"not alone: {devices}")
    get_flags, set_flags, up = 0x8913, 0x8914, 0x1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh14x", b"lo", 0)
        (flags,) = struct.unpack_from("h", fcntl.ioctl(any_socket, get_flags, request), 16)
        fcntl.ioctl(any_socket, set_flags, struct.pack("16sh14x", b"lo", flags | up))


def run_all(folder: Path, sample: int) -> list[Traced]:
    """Every step, in the order in which a newcomer takes them."""
    places = {"index": "chỉ mục", "conversations": "hội thoại.db", "uploads": "tải lên"}
    environment = {
        **os.environ,
        **{f"HOIBAO_{key.upper()}": str(folder / name) for key, name in places.items()},
    }
    steps = {
        "setup": ["setup"],
        "index add": ["index", "add", str(DEMO), "--json"],
        "ask": ["ask", QUESTION, "--json"],
        f"eval, {sample} questions": [
            *(
                "eval",
                str(CASES),
                "--corpus",
                str(DEMO),
                "--sample",
                str(sample),
                "--out",
                str(folder / "eval"),
            )
        ],
    }
    done = []
    for number, (step, arguments) in enumerate(steps.items()):
        trace = folder / f"{number}.trace"
        began = time.perf_counter()
        run = subprocess.run(traced(trace, arguments), stdout=subprocess.PIPE, env=environment, check=False)
        seconds = time.perf_counter() - began
        answered = is_answer(run.stdout) if step == "ask" else None
        done.append(Traced(step, run.returncode, seconds, answered, calls(lines_of(trace))))
        say(f"{step}: {run.returncode}", markup=False)
    done.append(served(folder / "serve.trace", environment))
    return done


def traced(trace: Path, arguments: Sequence[str]) -> list[str]:
    """The command under strace."""
    strace = ["strace", "-f", "-qq", "--seccomp-bpf", "-e", "trace=%network", "-o", str(trace)]
    return [*strace, str(Path(sys.executable).with_name("hoibao")), *arguments]


def served(trace: Path, environment: dict[str, str]) -> Traced:
    """The page is opened and a question asked; then the server is told to stop."""
    began = time.perf_counter()
    command = traced(trace, ["serve", "--port", str(PORT)])
    address = f"http://127.0.0.1:{PORT}"
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment) as process:
        try:
            wait_for(address, process)
            httpx.get(address, timeout=60).raise_for_status()
            answer = httpx.post(f"{address}/api/ask", json={"question": QUESTION}, timeout=STARTS)
        finally:
            # To the server, not to strace, which would end at once and leave it alone.
            for child in children(process.pid):
                os.kill(child, signal.SIGINT)
            code = process.wait(STOPS)
    answered = answer.status_code == 200 and is_answer(answer.content)
    return Traced("serve, one question", code, time.perf_counter() - began, answered, calls(lines_of(trace)))


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    """Returns when the page is there. Raises TimeoutError."""
    end = time.monotonic() + STARTS
    while time.monotonic() < end and process.poll() is None:
        try:
            httpx.get(address, timeout=5)
        except httpx.TransportError:
            time.sleep(0.5)
        else:
            return
    raise TimeoutError(f"no answer from {address}")


def children(pid: int) -> list[int]:
    import psutil

    return [child.pid for child in psutil.Process(pid).children()]


def is_answer(content: bytes) -> bool:
    """Whether the JSON of an answer has citations."""
    try:
        return bool(json.loads(content)["citations"])
    except (ValueError, KeyError, TypeError):
        return False


def lines_of(trace: Path) -> list[str]:
    return trace.read_text(encoding="utf-8", errors="replace").splitlines()


def calls(lines: Iterable[str]) -> Counter[str]:
    """How many system calls on sockets there are, and where connections and datagrams go."""
    found: Counter[str] = Counter()
    for line in lines:
        found["all"] += "(" in line and "resumed>" not in line
        addressed = _ADDRESSED.search(line)
        if addressed is not None:
            local = ip_address(addressed.group(2) or addressed.group(3)).is_loopback
            found["here" if local else "elsewhere"] += 1
        elif _LOCAL.search(line):
            found["here"] += 1
    return found


def table(done: Sequence[Traced]) -> Table:
    """A row for each step."""
    said = {True: "yes", False: "no", None: "—"}
    rows: list[list[Cell]] = [
        [
            f"hoibao {each.step}",
            each.code,
            said[each.answered],
            *(each.calls[kind] for kind in ("all", "here", "elsewhere")),
            each.seconds,
        ]
        for each in done
    ]
    columns = ["command", "exit code", "answered", "network calls", "to this machine", "elsewhere", "s"]
    return Table("what leaves the machine", NOTE, columns, rows)


if __name__ == "__main__":
    main()
