"""DOCX → Article. Runs in the child process.

Read by mammoth, which knows what Word means: changes accepted or not, lists and their numbers, notes.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from xml.parsers.expat import ExpatError
from zipfile import BadZipFile

from rag.articles.blocks import Block, blocks
from rag.articles.dates import is_stamped
from rag.articles.draft import RawArticle, Report, squash
from rag.articles.files import stem_of
from rag.articles.packed import opened_zip, read_named
from rag.articles.xml import parsed, text_of
from rag.errors import ArticleError

if TYPE_CHECKING:
    from zipfile import ZipFile

_DAMAGE = (BadZipFile, zlib.error, EOFError, NotImplementedError, ExpatError)
_TITLE = "p[style-name='Title'] => h1:fresh"
_PROPERTIES = "docProps/core.xml"


def read_word(path: Path, report: Report) -> Iterator[RawArticle]:
    """The one article of the file. Raises ArticleError."""
    import mammoth  # imported here: only the child needs it

    with opened_zip(path) as archive:
        properties = _properties(archive, path)
    try:
        with path.open("rb") as stream:
            no_images = mammoth.images.img_element(lambda image: {})
            page = mammoth.convert_to_html(stream, style_map=_TITLE, convert_image=no_images).value
    except (*_DAMAGE, OSError, LookupError, ValueError, AttributeError, RecursionError) as error:
        raise ArticleError("articles.broken_docx", path=path, reason=error) from error
    found = blocks(page) if page else []
    if not found:
        raise ArticleError("articles.empty_file", path=path)
    title = _title(found, properties.get("title"))
    text = [block.text for block in found]
    if title and squash(text[0]) == squash(title):
        text = text[1:]
    yield RawArticle(
        id=stem_of(path),
        body="\n\n".join(text),
        title=title,
        published=None if is_stamped(text) else properties.get("created"),
        published_from="file",
    )


def _title(found: list[Block], said: str | None) -> str | None:
    """The heading that the text begins with, else the property when the text has it, too."""
    if found[0].heading and len(found) > 1:
        return found[0].text
    beginning = [squash(block.text) for block in found[:3]]
    return said if said and squash(said) in beginning else None


def _properties(archive: ZipFile, path: Path) -> dict[str, str]:
    """What the file says about itself, by the names of Dublin Core."""
    if _PROPERTIES not in archive.namelist():
        return {}
    tree = parsed(read_named(archive, _PROPERTIES, path), path)
    return {name: text for name in ("title", "created") if (text := text_of(tree, name))}
