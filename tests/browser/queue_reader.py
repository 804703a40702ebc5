"""A reader without a browser: what the page sends when a question is asked, over Gradio's queue."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx


@dataclass
class QueueReader:
    """One browser session on the page at `url`."""

    client: httpx.AsyncClient
    url: str
    session: str = field(default_factory=lambda: uuid.uuid4().hex[:11])

    async def ask(self, question: str) -> str:
        """Everything the page is told until the question is over, or until `client` times out."""
        config = (await self.client.get(f"{self.url}/config")).json()
        joined = await self.client.post(
            f"{self.url}/gradio_api/queue/join", json=self._event(config, question)
        )
        if joined.status_code != 200:
            return joined.text
        told = ""
        params = {"session_hash": self.session}
        async with self.client.stream("GET", f"{self.url}/gradio_api/queue/data", params=params) as stream:
            async for line in stream.aiter_lines():
                if line.startswith("data: "):
                    told += json.dumps(json.loads(line.removeprefix("data: ")), ensure_ascii=False) + "\n"
                if '"process_completed"' in line or '"close_stream"' in line:
                    break
        return told

    def _event(self, config: dict[str, Any], question: str) -> dict[str, Any]:
        """Enter in the question box; every other input as it is on a fresh page."""
        components = {component["id"]: component for component in config["components"]}
        box = next(i for i, c in components.items() if c["props"].get("elem_id") == "hb-question")
        entered = next(d for d in config["dependencies"] if [box, "submit"] in d["targets"])
        inputs = [question if i == box else components[i]["props"].get("value") for i in entered["inputs"]]
        return {
            "data": inputs,
            "event_data": None,
            "fn_index": entered["id"],
            "trigger_id": box,
            "session_hash": self.session,
        }
