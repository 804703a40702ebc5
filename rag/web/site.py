"""What every page is built on."""

from __future__ import annotations

from dataclasses import dataclass

from rag.settings import Settings
from rag.web.desk import Desk


@dataclass(frozen=True, slots=True)
class Site:
    """The desk that answers and the settings of the server, shared by all readers and pages."""

    desk: Desk
    settings: Settings
