"""What every test shares. Sockets are open to loopback only (pytest-socket, see pyproject.toml)."""

from __future__ import annotations

import os

# Before anything imports a library that would call home; the tests prove that nothing does.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
