"""For other programs: OpenAI's chat completions with citations, and our own `ask` and `search` as JSON.

An answer is sent when it is verified, not while it is being written: a program cannot take back a sentence
that turned out unsupported. Until then a stream carries comments, so that nobody hangs up.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from rag import __version__, payloads
from rag.answering.citations import marked_text
from rag.answering.prompting import origin
from rag.errors import DeskFull, HoiBaoError
from rag.payloads import Payload
from rag.texts import text
from rag.types import Answer, Done, Message, Options
from rag.understanding import period_between
from rag.web import reference
from rag.web.desk import Desk, Waiting
from rag.web.gate import reader_of
from rag.web.linked import styles

MODEL = "hoi-bao"  # names the default collection; any other name is answered from it all the same
OF_COLLECTION = f"{MODEL}/"  # before the name of a collection


class TextPart(BaseModel):
    """OpenAI's way to send a text as one of several parts."""

    type: Literal["text"]
    text: str


class Turn(BaseModel):
    """A message; those of system and developer are not read: what is answered from is fixed."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[TextPart]

    @property
    def message(self) -> Message | None:
        """As the assistant knows it; None for one that is not read."""
        parts = [self.content] if isinstance(self.content, str) else [part.text for part in self.content]
        match self.role:
            case "user" | "assistant":
                return Message(role=self.role, content="\n".join(parts))
        return None


class ChatRequest(BaseModel):
    """The request of OpenAI's chat completions; what steers sampling is accepted and has no effect."""

    model_config = ConfigDict(extra="ignore")
    model: str = MODEL
    messages: list[Turn] = Field(min_length=1)
    stream: bool = False

    @property
    def collection(self) -> str | None:
        """The one that the model's name asks for; None for the default."""
        return self.model.removeprefix(OF_COLLECTION) if self.model.startswith(OF_COLLECTION) else None


class AskRequest(BaseModel):
    """A question, what was said before it, where it is asked and what the articles are restricted to."""

    model_config = ConfigDict(populate_by_name=True, extra="forbid")
    question: str
    history: list[Turn] = []
    start: date | None = Field(default=None, alias="from")
    end: date | None = Field(default=None, alias="to")
    source: str | None = None
    llm: bool = True
    collection: str | None = None


class Refused(Exception):
    """A request that is not answered, with the status that says why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def add_api(app: FastAPI, desk: Desk) -> None:
    """Puts the routes into `app`, with errors in OpenAI's form; described at `/api/openapi.json` and, to be
    read, at `/api`.
    """
    routes, linked = router(desk), styles()
    app.include_router(routes)
    described = get_openapi(title="Hỏi Báo", version=__version__, routes=routes.routes)
    app.get("/api/openapi.json", include_in_schema=False)(lambda: described)

    @app.get("/api", include_in_schema=False)
    def read(request: Request) -> HTMLResponse:
        address = str(request.base_url).rstrip("/")
        return HTMLResponse(reference.page(described, address, reader_of(request), linked))

    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(HoiBaoError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)


def router(desk: Desk) -> APIRouter:
    routes = APIRouter()

    @routes.get("/v1/models", summary=text("web.api_summary_models"))
    def models() -> Payload:
        names = [MODEL, *(f"{OF_COLLECTION}{name}" for name in desk.collections())]
        data = [{"id": name, "object": "model", "created": 0, "owned_by": MODEL} for name in names]
        return {"object": "list", "data": data}

    @routes.post("/v1/chat/completions", summary=text("web.api_summary_chat"))
    async def chat(asked: ChatRequest, request: Request) -> Response:
        reader = _reader(request)
        desk.check_room(reader)
        question, history = _conversation(asked.messages)
        if asked.stream:
            stream = _stream(desk, question, history, asked.collection, reader)
            return StreamingResponse(stream, media_type="text/event-stream")
        answer = await _answered(desk, question, history, Options(), asked.collection, request)
        return JSONResponse(_completion(answer, asked.collection))

    @routes.post("/api/ask", summary=text("web.api_summary_ask"))
    async def ask(asked: AskRequest, request: Request) -> Response:
        desk.check_room(_reader(request))
        history = _turns(asked.history)
        options = Options(period_between(asked.start, asked.end), asked.source, asked.llm)
        answer = await _answered(desk, asked.question, history, options, asked.collection, request)
        return JSONResponse(payloads.ask(answer))

    @routes.get("/api/search", summary=text("web.api_summary_search"))
    def search(
        question: str,
        k: Annotated[int, Query(ge=1, le=100)] = 10,
        start: Annotated[date | None, Query(alias="from")] = None,
        end: Annotated[date | None, Query(alias="to")] = None,
        source: str | None = None,
        collection: str | None = None,
    ) -> Payload:
        started = time.perf_counter()
        assistant = desk.assistant(collection)
        if assistant is None:
            raise Refused(503, text("web.waiting_models"))
        query, hits = assistant.search(question, k, period=period_between(start, end), source=source)
        return payloads.search(query, hits, {"retrieve": time.perf_counter() - started})

    return routes


# ── What is answered ──────────────────────────────────────────────────────────────────────────────


def _reader(request: Request) -> str:
    """Whose turn it is: of a name, or of an address where readers have no names."""
    return reader_of(request) or (request.client.host if request.client else "")


def _conversation(messages: Sequence[Turn]) -> tuple[str, list[Message]]:
    """The question, which is the last message, and the turns before it."""
    said = _turns(messages)
    if not said or said[-1]["role"] != "user":
        raise Refused(400, text("web.api_last_message"))
    return said[-1]["content"], said[:-1]


def _turns(messages: Sequence[Turn]) -> list[Message]:
    return [message for turn in messages if (message := turn.message) is not None]


async def _answered(
    desk: Desk,
    question: str,
    history: Sequence[Message],
    options: Options,
    collection: str | None,
    request: Request,
) -> Answer:
    """The finished answer; a caller who hangs up stops it."""
    stop = threading.Event()
    events_of = desk.answer(question, history, stop, options, collection, _reader(request))
    async with aclosing(events_of) as events:
        async for event in events:
            if isinstance(event, Done):
                return event.answer
            if await request.is_disconnected():
                break
    raise Refused(499, text("web.stopped"))


# ── In OpenAI's form ──────────────────────────────────────────────────────────────────────────────


def _completion(answer: Answer, collection: str | None) -> Payload:
    """https://platform.openai.com/docs/api-reference/chat/object, and `citations` and `hoibao` beside it."""
    message = {"role": "assistant", "content": "".join(_pieces(answer)), "refusal": None}
    return {
        **_envelope("chat.completion", collection),
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
        "usage": _usage(answer),
        **_ours(answer),
    }


async def _stream(
    desk: Desk, question: str, history: Sequence[Message], collection: str | None, reader: str
) -> AsyncIterator[str]:
    """https://platform.openai.com/docs/api-reference/chat/streaming; the last chunk has the citations."""
    envelope = _envelope("chat.completion.chunk", collection)

    def chunk(delta: Payload, *, finished: bool = False, **more: Any) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": "stop" if finished else None}
        return _event({**envelope, "choices": [choice], **more})

    yield chunk({"role": "assistant", "content": ""})
    try:
        stop = threading.Event()
        events_of = desk.answer(question, history, stop, collection=collection, reader=reader)
        async with aclosing(events_of) as events:
            async for event in events:
                if not isinstance(event, Done):
                    yield ": waiting\n\n" if isinstance(event, Waiting) else ": writing\n\n"
                    continue
                for piece in _pieces(event.answer):
                    yield chunk({"content": piece})
                yield chunk({}, finished=True, usage=_usage(event.answer), **_ours(event.answer))
    except HoiBaoError as error:
        yield _event(_error(400, str(error)))
    yield "data: [DONE]\n\n"


def _pieces(answer: Answer) -> Iterator[str]:
    """The answer sentence by sentence, then the quotes by their numbers: most programs show text alone."""
    if not answer.sentences:
        yield answer.text
        return
    for number, sentence in enumerate(answer.sentences):
        yield f"{' ' if number else ''}{marked_text([sentence])}"
    yield "\n"
    for citation in answer.citations:
        article = citation.quote.article
        yield "\n" + text(
            "web.api_source",
            number=citation.number,
            title=article.title or text("web.untitled"),
            origin=origin(article),
            quote=citation.quote.text,
        )


def _envelope(kind: str, collection: str | None) -> Payload:
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": kind,
        "created": int(time.time()),
        "model": MODEL if collection is None else f"{OF_COLLECTION}{collection}",
    }


def _usage(answer: Answer) -> Payload:
    total = answer.prompt_tokens + answer.answer_tokens
    return {
        "prompt_tokens": answer.prompt_tokens,
        "completion_tokens": answer.answer_tokens,
        "total_tokens": total,
    }


def _ours(answer: Answer) -> Payload:
    whole = payloads.ask(answer)
    return {"citations": whole["citations"], "hoibao": whole}


def _event(data: Payload) -> str:
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n"


# ── Errors ────────────────────────────────────────────────────────────────────────────────────────


def _error(status: int, message: str) -> Payload:
    kind = "invalid_request_error" if status < 500 else "server_error"
    return {"error": {"message": message, "type": kind, "param": None, "code": status}}


async def _refused(request: Request, error: Exception) -> JSONResponse:
    status = error.status if isinstance(error, Refused) else 429 if isinstance(error, DeskFull) else 400
    headers = {"retry-after": "1"} if status in (429, 503) else None
    return JSONResponse(_error(status, str(error)), status, headers)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"][1:])) or "body"
    return JSONResponse(_error(400, text("web.api_invalid", where=where, reason=first["msg"])), 400)
