"""What every page is built on."""

from __future__ import annotations

from dataclasses import dataclass

from rag.settings import Settings
from rag.web.conversations import Conversations
from rag.web.desk import Desk
from rag.web.discards import Discards
from rag.web.intake import Intake


@dataclass(frozen=True, slots=True)
class Site:
    """The desk that answers, the settings of the server and what is kept, shared by all readers and pages."""

    desk: Desk
    settings: Settings
    conversations: Conversations
    intake: Intake
    discards: Discards
