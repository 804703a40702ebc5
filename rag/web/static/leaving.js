// Leaving a page ends its connections by itself: the browser closes them, and the server frees their places.
(() => {
  "use strict";
  // Gradio closes its client when leaving is only announced, breaks the answer being written that way, and calls
  // that an error. Worse, an announcement is not a departure: after a download's the page is still there, deaf.
  window.addEventListener("beforeunload", (event) => event.stopImmediatePropagation(), { capture: true });
})();
