"""Routes that hand a reader's own conversations and opinions out as files."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from rag.web import exports
from rag.web.conversations import Conversations
from rag.web.gate import reader_of

_TYPES = {".md": "text/markdown", ".json": "application/json", ".jsonl": "application/jsonl"}


def router(conversations: Conversations) -> APIRouter:
    """`/conversations/ID.md`, `/conversations/ID.json`, `/opinions.jsonl`; 404 for another reader's."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/conversations/{name}")
    def conversation(name: str, request: Request) -> Response:
        reader = reader_of(request)
        conversation_id, dot, suffix = name.partition(".")
        try:
            found = conversations.one(reader, conversation_id)
            records = conversations.records(reader, conversation_id)
        except KeyError as error:
            raise HTTPException(404) from error
        match dot + suffix:
            case ".md":
                written = exports.markdown(found, records)
            case ".json":
                written = exports.as_json(found, records)
            case _:
                raise HTTPException(404)
        return _file(written, exports.file_name(found, dot + suffix), dot + suffix)

    @routes.get("/opinions.jsonl")
    def opinions(request: Request) -> Response:
        written = exports.cases(conversations.judged(reader_of(request)))
        return _file(written, "hoi-bao-da-cham.jsonl", ".jsonl")

    return routes


def _file(written: str, name: str, suffix: str) -> Response:
    disposition = {"content-disposition": f"attachment; filename*=utf-8''{quote(name)}"}
    return Response(written, media_type=f"{_TYPES[suffix]}; charset=utf-8", headers=disposition)
