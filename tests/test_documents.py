"""The documents say what is: files, commands, settings, models and links that they name exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click

from rag.cli import commands
from rag.models import load_catalogue
from rag.settings import Settings

ROOT = Path(__file__).parent.parent
DOCUMENTS = [
    "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md",
    "docs/evaluation.md", "docs/metrics.md", "index/README.md",
]  # fmt: skip
GENERATED = {"__pycache__", "_prompts"}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def section(document: str, heading: str) -> str:
    """What stands under the first `##` heading that matches, up to the next one."""
    found = re.search(rf"^## [^\n]*(?:{heading})[^\n]*\n(.*?)(?=^## |\Z)", document, re.MULTILINE | re.DOTALL)
    assert found, heading
    return found[1]


def table(text: str) -> list[list[str]]:
    """The cells of each row of the Markdown tables in a text, without headings."""
    rows = [line.strip().strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows if not set(row[0].strip()) <= set("-: ")]


def first_code(cell: str) -> str:
    found = re.search(r"`([^`]+)`", cell)
    return found[1] if found else ""


def tree() -> Iterator[tuple[Path, str]]:
    """Path and description of every line of the README's tree; two spaces stand for a folder."""
    found = re.search(r"```\n(.*?)```", section(read("README.md"), "[Tt]ree|Cây thư mục"), re.DOTALL)
    assert found
    folder = Path()
    for line in found[1].splitlines():
        indented, name, description = re.fullmatch(r"( *)(\S+) *(.*)", line).groups()  # type: ignore[union-attr]
        path = folder / name if indented else Path(name)
        if not indented and name.endswith("/"):
            folder = path
        yield path, description


# ── The tree ──────────────────────────────────────────────────────────────────────────────────────


def test_every_line_of_the_tree_is_on_the_disk() -> None:
    lines = list(tree())
    assert [str(path) for path, _ in lines if not (ROOT / path).exists()] == []
    assert [str(path) for path, description in lines if not description and path != Path("rag")] == []


def test_everything_in_the_package_is_in_the_tree() -> None:
    drawn = {path.name for path, _ in tree() if path.parent == Path("rag")}
    there = {entry.name for entry in (ROOT / "rag").iterdir()} - GENERATED
    assert there - drawn == set()


def test_the_rooms_are_on_the_disk() -> None:
    named: list[Path] = []
    for where, *_ in table(section(read("ARCHITECTURE.md"), "Rooms"))[1:]:
        first, *others = re.findall(r"`([^`]+)`", where)
        beside = Path(first).parent  # a bare name is a neighbour of the first of its row
        named += [Path(first), *(Path(other) if "/" in other else beside / other for other in others)]
    assert len(named) >= 15
    assert [str(path) for path in named if not (ROOT / path).exists()] == []


def test_every_file_that_a_document_points_to_is_there() -> None:
    missing = [
        f"{name} → {target}"
        for name in DOCUMENTS
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", read(name))
        if not re.match(r"[a-z]+:", target) and not ((ROOT / name).parent / target).exists()
    ]
    assert missing == []


def test_every_heading_that_a_document_points_to_is_there() -> None:
    for name in DOCUMENTS:
        document = read(name)
        headings = {
            re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-")
            for line in re.findall(r"^#+ .*$", document, re.MULTILINE)
        }
        assert set(re.findall(r"\]\(#([^)]+)\)", document)) <= headings, name


# ── Commands, settings, models ────────────────────────────────────────────────────────────────────


def leaves(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from leaves(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def documented() -> dict[str, str]:
    """Usage of every command in the README, by the command's name."""
    usages = [first_code(row[0]) for row in table(section(read("README.md"), "Commands|Lệnh"))[1:]]
    names = dict(leaves(commands, "hoibao"))
    return {name: usage for name in names for usage in usages if re.match(rf"{name}(?= |$)", usage)}


def test_every_command_is_in_the_readme_with_its_options() -> None:
    usages = documented()
    for name, command in leaves(commands, "hoibao"):
        options = {
            option.opts[0]
            for option in command.params
            if isinstance(option, click.Option) and option.name not in ("index", "as_json", "help")
        }
        assert options == set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", usages[name])), name


def test_every_setting_is_in_the_readme_with_its_default() -> None:
    rows = {first_code(row[0]): row[1] for row in table(section(read("README.md"), "Settings|Cài đặt"))[1:]}
    defaults = Settings()
    assert list(rows) == [field.name for field in fields(Settings)]
    for name, cell in rows.items():
        default = getattr(defaults, name)
        if not isinstance(default, Path):  # places differ between machines
            assert cell.strip("`") == ("" if default in (None, ()) else str(default)), name


def test_every_model_is_in_the_readme() -> None:
    models = section(read("README.md"), "Models|Mô hình")
    assert {first_code(row[0]) for row in table(models)[1:]} == set(load_catalogue())


# ── The changelog ─────────────────────────────────────────────────────────────────────────────────


def test_the_changelog_is_kept() -> None:
    changelog = read("CHANGELOG.md")
    assert re.search(r"^## (?:\[)?Unreleased", changelog, re.MULTILINE)
    kinds = re.findall(r"^### (.*)$", changelog, re.MULTILINE)
    assert set(kinds) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
