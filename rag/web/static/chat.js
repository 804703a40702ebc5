// Opens citations in the panel beside the chat, copies answers, counts seconds, keeps the newest text in view.
// All words come from the server's HTML; all HTML comes escaped from the server.
(() => {
  "use strict";
  const language = document.currentScript.dataset.language;
  document.documentElement.lang = language;
  const narrow = window.matchMedia("(max-width: 900px)");
  const seconds = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const find = (selector) => document.querySelector(selector);

  // ── The panel ──────────────────────────────────────────────────────────────────────────────────────
  let cards = []; // the citations of the turn that was opened, in reading order
  let current = -1;
  let opener = null; // where the focus returns to
  let request = 0; // only the newest answer of the server is shown

  const same = (a, b) =>
    ["article", "start", "end", "collection"].every((name) => a.dataset[name] === b.dataset[name]);

  function openFrom(button) {
    cards = [...button.closest(".hb-turn").querySelectorAll(".hb-card")];
    current = cards.findIndex((card) => same(card, button));
    opener = button;
    show();
  }

  // Where an article is opened, for the server and for an address that somebody passes on.
  const place = ({ article, start, end, collection }) =>
    new URLSearchParams(Object.entries({ id: article, start, end, collection }).filter(([, value]) => value));

  // `/?id=…&start=…&end=…` opens the panel at once.
  function openFromAddress() {
    const { id, ...rest } = Object.fromEntries(new URLSearchParams(location.search));
    if (!id) return;
    cards = [{ dataset: { article: id, ...rest } }];
    current = 0;
    show();
  }

  function move(step) {
    current = (current + step + cards.length) % cards.length;
    show();
  }

  async function show() {
    const card = cards[current];
    const panel = find(".hb-panel");
    const body = panel.querySelector(".hb-article");
    const mine = ++request;
    panel.classList.add("hb-open");
    panel.querySelector(".hb-bar").hidden = false;
    panel.querySelector(".hb-position").textContent = `${current + 1} / ${cards.length}`;
    for (const action of ["previous", "next"]) {
      panel.querySelector(`[data-action="${action}"]`).disabled = cards.length < 2;
    }
    cover(narrow.matches);
    for (const button of document.querySelectorAll(".hb-card, .hb-mark")) {
      button.toggleAttribute("aria-current", same(button, card));
    }
    say(body, panel.dataset.loading);
    try {
      const response = await fetch(`/article?${place(card.dataset)}`);
      if (response.status >= 500) throw new Error(response.statusText);
      const html = await response.text();
      if (mine !== request) return;
      body.innerHTML = html;
    } catch {
      if (mine === request) say(body, panel.dataset.failed);
    }
    if (mine !== request) return;
    body.focus({ preventScroll: true });
    body.scrollTop = 0;
    const quote = body.querySelector("#hb-quote");
    const seen = quote && quote.offsetTop + quote.offsetHeight < body.clientHeight;
    if (quote && !seen) body.scrollTop = quote.offsetTop - body.clientHeight / 4;
  }

  function say(body, words) {
    const line = document.createElement("p");
    line.className = "hb-empty";
    line.textContent = words;
    body.replaceChildren(line);
  }

  function close() {
    const panel = find(".hb-panel");
    request += 1;
    panel.classList.remove("hb-open");
    panel.querySelector(".hb-bar").hidden = true;
    say(panel.querySelector(".hb-article"), panel.dataset.empty);
    cover(false);
    for (const button of document.querySelectorAll("[aria-current]")) button.removeAttribute("aria-current");
    (opener && opener.isConnected ? opener : find("#hb-question textarea")).focus();
  }

  // On a phone the panel lies over the chat, which must then be out of reach for keyboard and screen reader.
  function cover(covered) {
    find("#hb-chat")?.toggleAttribute("inert", covered); // other pages have none
    document.body.classList.toggle("hb-covered", covered);
  }

  narrow.addEventListener("change", () => cover(narrow.matches && !!find(".hb-panel.hb-open")));

  // ── Clicks and keys ────────────────────────────────────────────────────────────────────────────────
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.matches(".hb-card, .hb-mark")) openFrom(button);
    else if (button.dataset.copy !== undefined && !button.dataset.action) copy(button);
    else if (button.dataset.action === "previous") move(-1);
    else if (button.dataset.action === "next") move(1);
    else if (button.dataset.action === "close") close();
    else if (button.dataset.action === "link") {
      button.dataset.copy = `${location.origin}/?${place(cards[current].dataset)}`;
      copy(button);
    } else if (button.dataset.action === "conversations") toggleConversations();
    if (button.matches(".hb-talk, .hb-new")) document.body.classList.remove("hb-listing");
    if (["edit", "unedit", "new"].includes(button.dataset.signal)) find("#hb-question textarea").focus();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.target.closest("input, textarea, select")) {
      event.preventDefault();
      find("#hb-question textarea")?.focus();
    }
    if (event.key !== "Escape") return;
    const menu = document.activeElement.closest("details.hb-menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    } else if (document.body.classList.contains("hb-listing")) toggleConversations();
    else if (find(".hb-panel.hb-open")) close();
  });

  // Where there is no room for it, the list of conversations is opened by a button.
  function toggleConversations() {
    const listing = document.body.classList.toggle("hb-listing");
    for (const button of document.querySelectorAll('[data-action="conversations"]')) {
      button.setAttribute("aria-expanded", listing);
    }
    if (listing) find(".hb-conversations button").focus();
  }

  // The address leads back to the conversation on the page, after a reload, too.
  function keepAddress() {
    const id = find("#hb-conversation [data-conversation]")?.dataset.conversation;
    if (id === undefined || id === (new URLSearchParams(location.search).get("c") ?? "")) return;
    history.replaceState(null, "", id ? `/?c=${id}` : "/");
  }

  async function copy(button) {
    const words = button.textContent;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = button.dataset.copied;
    } catch {
      button.textContent = button.dataset.failed;
    }
    setTimeout(() => (button.textContent = words), 2000);
  }

  // Parts of the page are replaced as a whole: who stood on a button with the keyboard stands there again.
  let held = null;
  const stops = (part) => [...part.querySelectorAll("button, a, input, summary")];
  document.addEventListener("focusin", (event) => {
    const part = event.target.closest(".hb-turn[id], .hb-conversations");
    const name = part && (part.id ? `#${CSS.escape(part.id)}` : ".hb-conversations");
    held = part && { name, place: stops(part).indexOf(event.target) };
  });
  document.addEventListener("pointerdown", () => (held = null));

  function standAgain() {
    const part = held && document.activeElement === document.body && find(held.name);
    if (part) stops(part)[held.place]?.focus({ preventScroll: true });
  }

  // ── The answer in progress ─────────────────────────────────────────────────────────────────────────
  setInterval(() => {
    for (const clock of document.querySelectorAll(".hb-clock")) {
      clock.dataset.seen ??= performance.now();
      const passed = (performance.now() - clock.dataset.seen) / 1000;
      clock.textContent = `${seconds.format(Number(clock.dataset.elapsed) + passed)} ${clock.dataset.unit}`;
    }
  }, 100);

  const atEnd = () => window.innerHeight + window.scrollY > document.documentElement.scrollHeight - 160;
  let following = true; // until the reader scrolls up
  window.addEventListener("scroll", () => (following = atEnd()), { passive: true });

  function prepare() {
    find("#hb-status").setAttribute("role", "status");
    find("#hb-status").setAttribute("aria-live", "polite");
    const log = find("#hb-conversation");
    log.setAttribute("role", "region");
    log.setAttribute("aria-label", find(".hb-panel").dataset.conversation);
    openFromAddress();
    new MutationObserver(keepAddress).observe(log, { childList: true, subtree: true });
    for (const part of [log, find("#hb-sidebar")]) {
      new MutationObserver(standAgain).observe(part, { childList: true, subtree: true });
    }
    const follow = new MutationObserver(() => {
      if (following) window.scrollTo({ top: document.documentElement.scrollHeight });
    });
    for (const part of ["#hb-heading", "#hb-draft", "#hb-conversation"]) {
      follow.observe(find(part), { childList: true, subtree: true });
    }
  }

  // What is typed is looked up as it comes: when the hands rest for a moment, and now and then while they do not.
  const REST = 200; // milliseconds
  const OFTEN = 700;
  const WORTH = 8; // characters
  let resting = 0;
  let told = 0;
  document.addEventListener("input", (event) => {
    const box = event.target;
    if (!box.matches("#hb-question textarea")) return;
    clearTimeout(resting);
    resting = setTimeout(
      () => {
        const question = box.value.trim();
        if (question.length < WORTH) return;
        told = performance.now();
        document.dispatchEvent(new CustomEvent("hb-signal", { detail: { signal: "typing", question } }));
      },
      performance.now() - told > OFTEN ? 0 : REST,
    );
  });

  // Gradio's toasts have English titles that cannot be set.
  new MutationObserver(() => {
    const words = find(".hb-panel")?.dataset;
    const toast = find(".toast-body:not([data-translated])");
    if (!words || !toast) return;
    toast.dataset.translated = "";
    toast.querySelector(".toast-title").firstChild.data = words.notice;
    toast.querySelector(".toast-close").setAttribute("aria-label", words.noticeClose);
  }).observe(document.documentElement, { childList: true, subtree: true });

  // Every page has its own title, in the words of the masthead.
  function entitle() {
    const here = find(".hb-pages [aria-current]");
    const title = here && `${here.textContent} · ${find(".hb-header h1").textContent}`;
    if (title && document.title !== title) document.title = title; // which is a change that is observed, too
  }

  const arrival = new MutationObserver(() => {
    entitle();
    if (!find("#hb-status") || !find(".hb-panel")) return;
    arrival.disconnect();
    prepare();
  });
  arrival.observe(document.documentElement, { childList: true, subtree: true });
})();
