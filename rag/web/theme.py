"""The look: Gradio's plain base theme in our colours and fonts. The rest is `static/chat.css`."""

from __future__ import annotations

from typing import Any

import gradio as gr

INK, PAPER, RED = "#1c1a17", "#fbf9f4", "#9b1c1c"
INK_DARK, PAPER_DARK, RED_DARK = "#ece7dd", "#171613", "#f0a08e"


def theme() -> Any:
    """A `gradio.themes.Base`. The fonts are bundled and hold every Vietnamese letter in every weight."""
    sans = ("Source Sans 3 Variable", "system-ui", "sans-serif")
    return gr.themes.Base(
        font=[gr.themes.Font(name) for name in sans],
        font_mono=[gr.themes.Font(name) for name in ("ui-monospace", "monospace")],
        text_size=gr.themes.sizes.text_lg,
        radius_size=gr.themes.sizes.radius_sm,
    ).set(
        body_background_fill=PAPER,
        body_background_fill_dark=PAPER_DARK,
        body_text_color=INK,
        body_text_color_dark=INK_DARK,
        background_fill_primary="#ffffff",
        background_fill_primary_dark="#211f1b",
        border_color_primary="#d9d3c5",
        border_color_primary_dark="#45413a",
        input_background_fill="#ffffff",
        input_background_fill_dark="#211f1b",
        input_border_color="#857d6d",
        input_border_color_dark="#8d8576",
        input_border_color_focus=RED,
        input_border_color_focus_dark=RED_DARK,
        input_placeholder_color="#6b6456",
        input_placeholder_color_dark="#a9a193",
        button_primary_background_fill=RED,
        button_primary_background_fill_dark=RED_DARK,
        button_primary_background_fill_hover="#7d1515",
        button_primary_background_fill_hover_dark="#f6bcae",
        button_primary_text_color="#ffffff",
        button_primary_text_color_dark="#2a100b",
        button_secondary_background_fill="#ffffff",
        button_secondary_background_fill_dark="#211f1b",
        button_secondary_text_color=INK,
        button_secondary_text_color_dark=INK_DARK,
    )
