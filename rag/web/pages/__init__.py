"""One module a page: `build(site, blocks)` puts its parts and events into the open Gradio blocks."""
