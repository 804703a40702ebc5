"""What the command line says of itself."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
from command_line import Hoibao

from rag import __version__, cli
from rag.texts import text


def every_command(
    group: click.Group, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from every_command(command, (*path, name))


COMMANDS = dict(every_command(cli.commands))


def test_these_are_the_commands() -> None:
    assert sorted(" ".join(path) for path in COMMANDS) == [
        "ask", "doctor", "eval", "index", "index add", "index backup", "index list", "index rebuild",
        "index remove", "index restore", "index status", "index verify", "password", "search", "serve",
        "setup",
    ]  # fmt: skip


@pytest.mark.parametrize("path", [(), *COMMANDS], ids=" ".join)
def test_help_of_every_command(bare: Hoibao, path: tuple[str, ...]) -> None:
    result = bare(*path, "--help")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith(f"Usage: hoibao{''.join(f' {name}' for name in path)} ")


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_and_option_is_documented(path: tuple[str, ...]) -> None:
    command = COMMANDS[path]
    assert command.help == text("cli." + "_".join(path))
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    assert [option.name for option in options if not option.help] == []
    if not isinstance(command, click.Group):
        assert {"--index", "--json"} <= {name for option in options for name in option.opts}


def test_every_command_is_in_the_first_help(bare: Hoibao) -> None:
    result = bare("--help")
    for path in COMMANDS:
        if len(path) == 1:
            assert re.search(rf"^  {path[0]} +\w", result.out, re.MULTILINE), path


def test_version(bare: Hoibao) -> None:
    result = bare("--version")
    assert (result.code, result.out) == (0, f"hoibao, version {__version__}\n")


def test_the_module_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "rag", "--version"], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == f"hoibao, version {__version__}\n"
