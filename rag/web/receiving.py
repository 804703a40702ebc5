"""`PUT /upload`: one file of a drop. Gradio's own upload stays shut: it knows no types, counts or places."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from rag.payloads import Payload
from rag.web.uploads import Uploads


def router(uploads: Uploads) -> APIRouter:
    """The route. What it refuses becomes status 400 and a message, as with the API."""
    routes = APIRouter()

    @routes.put("/upload", include_in_schema=False, status_code=201)
    async def receive(
        request: Request, drop: str, name: Annotated[str, Query(min_length=1, max_length=1_000)]
    ) -> Payload:
        size = request.headers.get("content-length", "")
        with uploads.receiving(drop, name, int(size) if size.isdecimal() else None) as file:
            async for piece in request.stream():
                file.write(piece)
        return {"name": name}

    return routes
