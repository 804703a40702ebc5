"""XML of strangers: no entity is expanded, nothing is fetched; elements are known by their local names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rag.errors import ArticleError

_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")


def parsed(data: bytes | str, path: Path) -> Any:
    """The root element; text is taken as it is, whatever it says of its encoding.

    Raises ArticleError when it is no XML.
    """
    import lxml.etree  # imported here: only some formats need it

    parser = lxml.etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=True,
        remove_comments=True,
    )
    if isinstance(data, str):
        data = _DECLARATION.sub("", data).encode("utf-8", "replace")
    try:
        root = lxml.etree.fromstring(data, parser)
    except (ValueError, lxml.etree.LxmlError) as error:
        raise ArticleError("articles.broken_xml", path=path, reason=error) from error
    if root is None:
        raise ArticleError("articles.broken_xml", path=path, reason="?")
    return root


def local(element: Any) -> str:
    """The name without its namespace; "" for what is no element."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def named(parent: Any, *names: str) -> Iterator[Any]:
    """The descendants with one of these local names, in the order of the document."""
    return (element for element in parent.iter() if local(element) in names)


def children(parent: Any, *names: str) -> list[Any]:
    """The children with the first of these names that there is any of."""
    for name in names:
        found = [element for element in parent if local(element) == name]
        if found:
            return found
    return []


def text_of(parent: Any, *names: str) -> str | None:
    """The text of the first descendant with one of these names that has any."""
    return next((text for element in named(parent, *names) if (text := words(element))), None)


def words(element: Any) -> str:
    """All text in an element, trimmed."""
    return "".join(element.itertext()).strip()
