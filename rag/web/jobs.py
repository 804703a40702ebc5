"""A job of the library → HTML: how far it is, what it could not read and the cure, what came of it."""

from __future__ import annotations

from collections.abc import Sequence

from rag.texts import text
from rag.web.intake import FileState, JobState
from rag.web.markup import attributes, escape, number
from rag.web.shelf import button

SIGNS = {"waiting": "·", "reading": "…", "done": "✓", "skipped": "✕"}


def jobs(states: Sequence[JobState]) -> str:
    """All jobs, in order; nothing when there are none."""
    return "".join(_job(state) for state in states)


def announcement(states: Sequence[JobState]) -> str:
    """What a screen reader is told: what is being done, not every number of it."""
    return escape(" ".join(_title(state) for state in states))


def _job(state: JobState) -> str:
    grave = " hb-grave" if state.stage == "failed" or (state.kind == "verify" and state.findings) else ""
    return (
        f'<section class="hb-job{grave}"{attributes({"data-stage": state.stage})}>'
        f'<div class="hb-job-head"><h3>{escape(_title(state))}</h3>{_deeds(state)}</div>'
        f"{_progress(state)}{_outcome(state)}{_files(state)}</section>"
    )


def _title(state: JobState) -> str:
    if state.stopping and not state.over:
        return text("library.stage_stopping")
    if state.kind == "verify" and state.stage == "done":
        return text("library.verified_bad" if state.findings else "library.verified_good")
    if state.kind == "rebuild" and state.stage in {"done", "embedding"}:
        return text(f"library.rebuild_{state.stage}")
    return text(f"library.stage_{state.stage}")


def _deeds(state: JobState) -> str:
    if not state.over:
        can_stop = state.kind == "add" and not state.stopping
        return button(text("library.stop"), "cancel", number=state.number, key="cancel") if can_stop else ""
    deeds = button(text("library.dismiss"), "dismiss", number=state.number, key="dismiss")
    if state.kind == "add" and state.stage in {"cancelled", "failed"}:
        deeds = button(text("library.resume"), "resume", number=state.number, key="resume") + deeds
    return deeds


def _progress(state: JobState) -> str:
    if state.over or not state.total:
        return ""
    unit = "library.files_read" if state.stage == "reading" else "library.passages_embedded"
    if state.kind == "rebuild":  # counts articles or passages, as it has to
        unit = "library.rebuilt"
    line = text(unit, done=number(state.done), total=number(state.total))
    if state.rate and state.kind == "add":
        line += " · " + text("library.rate", rate=number(state.rate, 1))
    if state.left is not None:
        line += " · " + time_left(state.left)
    bar = attributes({"value": state.done, "max": state.total, "aria-label": _title(state)})
    return f'<progress{bar}></progress><p class="hb-small">{escape(line)}</p>'


def time_left(seconds: float) -> str:
    """How long it will take, as exactly as it can be known."""
    if seconds < 60:
        return text("library.left_seconds", seconds=max(1, round(seconds)))
    if seconds < 90 * 60:
        return text("library.left_minutes", minutes=round(seconds / 60))
    return text("library.left_hours", hours=number(seconds / 3600, 1))


def _outcome(state: JobState) -> str:
    """What came of a job that is over."""
    lines = list(state.findings)
    if state.failure:
        lines.append(state.failure)
    if state.summary and state.over:
        summary = state.summary
        counts = {
            "library.added": summary.added,
            "library.replaced": summary.replaced,
            "library.unchanged": summary.unchanged,
            "library.removed": summary.removed,
            "library.problems": len(summary.skipped),
        }
        told = [text(key, count=number(count)) for key, count in counts.items() if count]
        lines.append(" · ".join(told) or text("library.nothing_new"))
    if state.stage == "cancelled":
        lines.append(text("library.cancelled_note"))
    return "".join(f"<p>{escape(line)}</p>" for line in lines)


def _files(state: JobState) -> str:
    """The files one by one; once a job is over only those that need the reader."""
    files = [file for file in state.files if file.messages] if state.over else state.files
    if not files:
        return ""
    return f'<ul class="hb-files">{"".join(map(_file, files))}</ul>'


def _file(file: FileState) -> str:
    stage = text(f"library.file_{file.stage}", count=number(file.articles))
    messages = "".join(f'<span class="hb-cure">{escape(message)}</span>' for message in file.messages)
    return (
        f'<li data-stage="{file.stage}"><span class="hb-sign" aria-hidden="true">{SIGNS[file.stage]}</span>'
        f'<b>{escape(file.name)}</b> <span class="hb-small">{escape(stage)}</span>{messages}</li>'
    )
