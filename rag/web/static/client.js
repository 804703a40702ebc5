// Two habits of Gradio's client, put right before it starts.
(() => {
  "use strict";
  // Leaving a page ends its connections by itself: the browser closes them, and the server frees their places.
  // Gradio closes its client when leaving is only announced, breaks the answer being written that way, and calls
  // that an error. Worse, an announcement is not a departure: after a download's the page is still there, deaf.
  window.addEventListener("beforeunload", (event) => event.stopImmediatePropagation(), { capture: true });

  // The server ends the stream of events when no event is pending, and the client opens another with the next
  // one, unless it has not seen the end yet: then what was asked in that moment is answered unheard. So an end
  // that comes behind such an event is not passed on, and the stream continued.
  const HANDED_OVER = 50; // ms in which the client has read an end that was passed on
  const pending = new Set(); // events whose end has not come
  let ended = -HANDED_OVER;
  const plain = window.fetch;

  window.fetch = async (...request) => {
    const response = await plain(...request);
    const path = new URL(response.url || "/", window.location.href).pathname;
    if (response.ok && path.endsWith("/queue/join")) {
      pending.add((await response.clone().json()).event_id);
      const left = ended + HANDED_OVER - performance.now();
      if (left > 0) await new Promise((done) => setTimeout(done, left));
    }
    if (response.ok && path.endsWith("/queue/data")) return continued(response, () => plain(...request));
    return response;
  };

  function continued(first, again) {
    let reader = null;
    const body = new ReadableStream({
      async start(controller) {
        const encoder = new TextEncoder();
        for (let response = first, on = true; on; ) {
          reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
          on = await passed(reader, (text) => controller.enqueue(encoder.encode(text)));
          if (on) response = await again();
        }
        controller.close();
      },
      cancel: (reason) => reader?.cancel(reason),
    });
    return new Response(body, { status: first.status, headers: first.headers });
  }

  // Passes the messages on; true when the stream ended while an event was pending.
  async function passed(reader, pass) {
    for (let rest = "", read = await reader.read(); !read.done; read = await reader.read()) {
      const messages = (rest + read.value).split("\n\n");
      rest = messages.pop();
      for (const message of messages) {
        const { msg, event_id } = message.startsWith("data:") ? JSON.parse(message.slice(5)) : {};
        if (msg === "process_completed") pending.delete(event_id);
        if (msg === "close_stream") {
          if (pending.size) return true;
          ended = performance.now();
        }
        pass(`${message}\n\n`);
      }
    }
    return false;
  }
})();
