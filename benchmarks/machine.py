"""The machine that measured: what a reader needs to know before comparing one figure with another."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

LIBRARIES = ("torch", "faiss-cpu", "tantivy", "llama-cpp-python", "sentence-transformers")
SOURCES = ("rag", "prompts", "benchmarks")  # what can change a figure
ROOT = Path(__file__).parent.parent


def describe() -> dict[str, str]:
    """What the figures of this machine depend on, by heading."""
    return {
        "CPU": _cpu(),
        "cores / threads": f"{psutil.cpu_count(logical=False) or '?'} / {os.cpu_count()}",
        "memory": f"{psutil.virtual_memory().total / 2**30:.1f} GiB",
        "system": f"{_system()}, {platform.machine()}",
        "Python": platform.python_version(),
        **{name: _version(name) for name in LIBRARIES},
    }


def commit() -> str:
    """The short name of the checked-out commit, with `+` when the code differs from it."""
    changed = _output("git", "status", "--porcelain", "--", *SOURCES)
    return _output("git", "rev-parse", "--short", "HEAD") + ("+" if changed else "")


def peak_memory() -> int | None:
    """Bytes of memory that this process held at most; None where the system does not say (Windows)."""
    if sys.platform == "win32":
        return None
    import resource  # imported here: Windows has none

    kept = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kept if sys.platform == "darwin" else 1024 * kept


def _cpu() -> str:
    """Its name as the system has it."""
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return " ".join(line.partition(":")[2].split())
    if sys.platform == "darwin":
        return _output("sysctl", "-n", "machdep.cpu.brand_string")
    return platform.processor() or platform.machine()


def _system() -> str:
    """The distribution where there is one: `Debian GNU/Linux 12 (bookworm)`."""
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return f"{platform.system()} {platform.release()}"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "—"


def _output(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""
