"""What all pages share of Gradio: places for our own HTML, the way its buttons reach Python, and our
stylesheets and scripts.
"""

from __future__ import annotations

import json
from typing import Any

import gradio as gr

from rag.web.linked import scripts, styles

QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}  # ours, not Gradio's signs
AT_ONCE: dict[str, Any] = {**QUIET, "queue": False}


def html(name: str, value: str = "", **options: Any) -> Any:
    """A place for our own HTML under the id `name`, without Gradio's styles for foreign text."""
    return gr.HTML(value, elem_id=name, apply_default_css=False, **options)


def signals(*names: str) -> Any:
    """A component that has an event for each of `names`, raised by our own buttons.

    A click on a button with `data-signal="rename"` raises `rename`; the handler finds the button's `data-…`
    values in its `gr.EventData`: `event.signal`, `event.conversation`. A form with `data-signal` raises it
    when it is sent, one with `data-changes` at every change, both with the values of their fields beside
    those of their `data-…`. A script raises one with
    `document.dispatchEvent(new CustomEvent("hb-signal", {detail: {signal: "rename", …}}))`.
    """
    script = f"""
        const names = new Set({json.dumps(names)});
        const raise = (values) => {{ if (names.has(values.signal)) trigger(values.signal, {{...values}}); }};
        document.addEventListener("hb-signal", (event) => raise(event.detail));
        document.addEventListener("click", (event) => {{
            const button = event.target.closest("button[data-signal]");
            if (button && !button.disabled) raise(button.dataset);
        }});
        const filled = (form) => ({{...form.dataset, ...Object.fromEntries(new FormData(form))}});
        document.addEventListener("submit", (event) => {{
            if (!event.target.matches("form[data-signal]")) return;
            event.preventDefault();
            raise(filled(event.target));
        }});
        document.addEventListener("change", (event) => {{
            const form = event.target.closest("form[data-changes]");
            if (form) raise({{...filled(form), signal: form.dataset.changes}});
        }});
    """
    return gr.HTML("", js_on_load=script, elem_id="hb-signals", visible="hidden")


def head() -> str:
    """Linked, not given to Gradio as `css`: Gradio rewrites its rules, and those inside `@media` wrongly."""
    return styles() + scripts()
