"""What stands between Gradio's client and its server; the server is a fake."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from rag.web.linked import STATIC

# Each stream of events is a list of messages; a text among them is an event that is joined in that moment.
ASK = """async (streams) => {
  const addressed = (path, body) => Object.defineProperty(new Response(body), "url", {value: `http://x${path}`});
  const moment = () => new Promise((done) => setTimeout(done, 10));
  let opened = 0;
  window.fetch = async (path, event) => {
    if (path === "/queue/join") return addressed(path, JSON.stringify({event_id: event}));
    const messages = streams[opened++], encoder = new TextEncoder();
    return addressed(path, new ReadableStream({async start(controller) {
      for (const message of messages) {
        if (typeof message === "string") await window.fetch("/queue/join", message);
        else controller.enqueue(encoder.encode(`data: ${JSON.stringify(message)}\\n\\n`));
        await moment();
      }
      controller.close();
    }}));
  };
  THE_SCRIPT
  await window.fetch("/queue/join", "first");
  const heard = await (await window.fetch("/queue/data")).text();
  return [opened, heard.trim().split("\\n\\n").map((text) => JSON.parse(text.slice(6)))];
}"""


def heard(page: Page, *streams: list[Any]) -> Any:
    """How many streams were opened, and all messages that came through."""
    script = (STATIC / "client.js").read_text(encoding="utf-8")
    return page.evaluate(ASK.replace("THE_SCRIPT", script), list(streams))


def done(event: str) -> dict[str, str]:
    return {"msg": "process_completed", "event_id": event}


END = {"msg": "close_stream"}


def test_a_stream_ends_where_nothing_is_pending(page: Page) -> None:
    assert heard(page, [done("first"), END]) == [1, [done("first"), END]]


def test_an_event_that_comes_before_the_end_is_heard_behind_it(page: Page) -> None:
    streams = [done("first"), "second", END], [done("second"), END]
    assert heard(page, *streams) == [2, [done("first"), done("second"), END]]


def test_a_stream_that_breaks_off_is_not_continued(page: Page) -> None:
    assert heard(page, [{"msg": "progress", "event_id": "first"}]) == [
        1,
        [{"msg": "progress", "event_id": "first"}],
    ]
