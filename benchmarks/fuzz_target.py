"""One reader under atheris: the process that `benchmarks.fuzz` starts, again and again.

    python -m benchmarks.fuzz_target READER CORPUS FINDINGS SECONDS

Runs the reader where it stands, without the child process that bounds it in use, on what libFuzzer makes of
the inputs in the folder CORPUS, and then cleaning and splitting as an index does. An input that ends in
anything but an error of ours, or gives an article that breaks a promise, is written to FINDINGS with its
traceback, once for every place, and the run goes on; one that takes too long or too much memory ends it.
"""

from __future__ import annotations

import hashlib
import io
import random
import sys
import tempfile
import time
import traceback
import zipfile
from pathlib import Path

import atheris

with atheris.instrument_imports(
    include=[
        *("rag", "trafilatura", "htmldate", "courlan", "justext", "mammoth", "cobble", "markdown_it"),
        *("viparse", "dateparser"),
    ],
    enable_loader_override=False,
):
    import mammoth  # noqa: F401  # what readers import when they are called: to be instrumented
    import markdown_it  # noqa: F401
    import trafilatura  # noqa: F401
    import viparse  # noqa: F401

    from rag.articles import child, read
    from rag.articles.clean import clean
    from rag.articles.draft import RawArticle
    from rag.articles.files import plain
    from rag.articles.inside import load
    from rag.articles.legacy import repaired
    from rag.embedding import FakeEmbedder
    from rag.errors import ArticleError, HoiBaoError
    from rag.passages import split
    from rag.types import Article

LONGEST = 60_000  # bytes of an input
ZIPPED = {"docx", "epub", "zip"}
_FIELDS = ("title", "lead", "published", "source", "url", "author")
_COUNT = FakeEmbedder().count_tokens


def main() -> None:
    reader, corpus, findings, seconds = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        target = Target(reader, Path(folder), Path(findings))
        arguments = [
            sys.argv[0],
            f"-max_total_time={seconds}",
            f"-max_len={LONGEST}",
            f"-timeout={3 * child.SECONDS}",  # by the clock; where others need the processor that says little
            "-report_slow_units=1000",
            f"-rss_limit_mb={child.MEMORY // 1_000_000}",
            f"-artifact_prefix={findings}/",
            "-print_final_stats=1",
            corpus,
        ]
        if reader in ZIPPED:
            atheris.Setup(arguments, target, custom_mutator=mutate_packed)
        else:
            atheris.Setup(arguments, target)
        atheris.Fuzz()


class Target:
    """Called with one input after the other."""

    def __init__(self, reader: str, folder: Path, findings: Path) -> None:
        self._reader, self._findings = reader, findings
        suffix = {"feed": ".rss"}.get(reader, f".{reader}")
        self._path = folder / f"bài{suffix}"
        if suffix in read.IN_CHILD:
            read.READERS[suffix] = load(read.IN_CHILD[suffix])
        self._seen: set[str] = set()

    def __call__(self, data: bytes) -> None:
        began = time.process_time()
        try:
            self._try(data)
        except HoiBaoError:
            pass
        except Exception as error:  # noqa: BLE001  # whatever it is, it is what we look for
            self._keep(data, error)
        if time.process_time() - began > child.SECONDS:
            name = f"timeout-{hashlib.sha256(data).hexdigest()[:8]}"
            (self._findings / name).write_bytes(data)

    def _try(self, data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        if self._reader == "cleaning":
            *values, body = text.split("\0", len(_FIELDS))
            fields = dict(zip(_FIELDS, values, strict=False))
            check(clean(RawArticle("bài", body, **fields), self._path))
        elif self._reader == "old letters":
            raw, _ = repaired(RawArticle("bài", text))
            assert raw.body or not text, "a repaired text is empty"
        else:
            self._path.write_bytes(data)
            for article in read.read_articles(self._path, _ignore):
                check(article)

    def _keep(self, data: bytes, error: Exception) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        place = f"{type(error).__name__} {frames[-1].filename}:{frames[-1].lineno}"
        if place in self._seen:
            return
        self._seen.add(place)
        name = self._findings / f"error-{hashlib.sha256(place.encode()).hexdigest()[:8]}"
        name.write_bytes(data)
        said = "".join(traceback.format_exception(error))
        name.with_suffix(".txt").write_text(said, encoding="utf-8", errors="backslashreplace")


def check(article: Article) -> None:
    """What every later stage relies on."""
    assert article.text.strip() == article.text != "", "the text is trimmed and there is one"
    for value in (article.text, article.title):
        assert plain(value) == value, "NFC, without invisible characters"
    for passage in split(article, _COUNT, max_tokens=60, overlap_sentences=1):
        assert article.text[passage.start : passage.end] == passage.text, "offsets are exact"


def mutate_packed(data: bytes, longest: int, seed: int) -> bytes:
    """Changes a file in the archive, not the archive: its checksums would only say that it is damaged.

    One time in ten it is the archive.
    """
    chance = random.Random(seed)
    files = _unpacked(data) if chance.random() > 0.1 else []
    if not files:
        return bytes(atheris.Mutate(data, longest))
    number = chance.randrange(len(files))
    name, content = files[number]
    files[number] = (name, bytes(atheris.Mutate(content, max(len(content) + 64, 256))))
    changed = io.BytesIO()
    with zipfile.ZipFile(changed, "w") as archive:
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return changed.getvalue() if changed.tell() <= longest else data


def _unpacked(data: bytes) -> list[tuple[str, bytes]]:
    """The files of an archive, none when it is damaged or grows large."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if sum(entry.file_size for entry in entries) > 10 * LONGEST:
                return []
            return [(entry.filename, archive.read(entry)) for entry in entries]
    except Exception:  # noqa: BLE001  # the standard library's reader has many: then it is only bytes
        return []


def _ignore(error: ArticleError) -> None:
    pass


if __name__ == "__main__":
    main()
