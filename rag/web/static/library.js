// The library page: sends dropped files, counts ticked articles, opens one for reading, keeps the focus.
// All words come from the server's HTML; all HTML comes escaped from the server.
(() => {
  "use strict";
  const find = (selector) => document.querySelector(selector);
  const raise = (detail) => document.dispatchEvent(new CustomEvent("hb-signal", { detail }));
  const filled = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  // ── Sending files ────────────────────────────────────────────────────────────────────────────────────
  let sending = null; // what stops it

  function line(words, grave) {
    const paragraph = document.createElement("p");
    paragraph.textContent = words;
    paragraph.classList.toggle("hb-cure", grave);
    find(".hb-sending").append(paragraph);
    return paragraph;
  }

  function fit(files) {
    const words = find(".hb-drop").dataset;
    const suffixes = JSON.parse(words.suffixes);
    const good = [];
    for (const file of files) {
      const known = suffixes.some((suffix) => file.name.toLowerCase().endsWith(suffix));
      if (!known) line(filled(words.refused, { name: file.name }), true);
      else if (file.size > Number(words.limit)) line(filled(words.large, { name: file.name }), true);
      else good.push(file);
    }
    return good;
  }

  // A folder holds other things, too: what cannot be read is passed over, as the command line does.
  async function send(files, folder) {
    if (sending) return;
    const words = find(".hb-drop").dataset;
    find(".hb-sending").replaceChildren();
    const suffixes = JSON.parse(words.suffixes);
    const meant = folder
      ? files.filter((file) => suffixes.some((suffix) => file.name.toLowerCase().endsWith(suffix)))
      : files;
    const good = fit(meant);
    if (good.length > Number(words.count)) return void line(words.many, true);
    if (!good.length) return void (meant.length || line(words.none, true));
    sending = new AbortController();
    const stop = document.createElement("button");
    Object.assign(stop, { type: "button", className: "hb-button", textContent: words.stop });
    stop.addEventListener("click", () => sending.abort());
    const status = line("", false);
    status.after(stop);
    const drop = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    let sent = 0;
    for (const [number, file] of good.entries()) {
      status.textContent = filled(words.sending, { done: number + 1, total: good.length, name: file.name });
      try {
        const address = `/upload?${new URLSearchParams({ drop, name: file.name })}`;
        const response = await fetch(address, { method: "PUT", body: file, signal: sending.signal });
        if (response.ok) sent += 1;
        else line((await response.json()).error.message, true);
      } catch {
        if (sending.signal.aborted) break;
        line(filled(words.lost, { name: file.name }), true);
      }
    }
    sending = null;
    status.remove();
    stop.remove();
    if (sent) raise({ signal: "filed", drop });
  }

  document.addEventListener("change", (event) => {
    if (!event.target.matches("#hb-files, #hb-folder")) return;
    send([...event.target.files], event.target.id === "hb-folder");
    event.target.value = ""; // so that the same file can be chosen again
  });

  // ── Dropping ─────────────────────────────────────────────────────────────────────────────────────────
  for (const kind of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      const zone = find(".hb-drop");
      if (!zone) return;
      event.preventDefault(); // anywhere on the page: else the browser would leave it and open the file
      zone.classList.toggle("hb-over", kind === "dragover");
      if (kind === "drop") dropped(event.dataTransfer);
    });
  }

  async function dropped(data) {
    const entries = [...data.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    if (!entries.some((entry) => entry.isDirectory)) return send([...data.files], false);
    send((await Promise.all(entries.map(under))).flat(), true);
  }

  // All files of a dropped file or folder; hidden names are left out.
  async function under(entry) {
    if (entry.name.startsWith(".")) return [];
    if (entry.isFile) return [await new Promise((done, failed) => entry.file(done, failed))];
    const reader = entry.createReader();
    const found = [];
    for (let part; (part = await new Promise((done, failed) => reader.readEntries(done, failed))).length; ) {
      found.push(...part); // a hundred at a time
    }
    return (await Promise.all(found.map(under))).flat();
  }

  // ── Ticking ──────────────────────────────────────────────────────────────────────────────────────────
  // Gradio changes the rows that are there into others, ticks and all: which articles are ticked is kept here.
  const ticked = new Set();

  document.addEventListener("change", (event) => {
    const table = event.target.closest(".hb-articles");
    if (!table || event.target.type !== "checkbox") return;
    const all = event.target.matches(".hb-all");
    for (const box of all ? boxesOf(table) : [event.target]) {
      if (event.target.checked) ticked.add(box.value);
      else ticked.delete(box.value);
    }
    showTicks();
  });

  const boxesOf = (table) => [...table.querySelectorAll('input[name="article"]')];

  function showTicks() {
    const table = find(".hb-articles");
    if (!table) return ticked.clear();
    const boxes = boxesOf(table);
    const here = new Set(boxes.map((box) => box.value));
    for (const id of ticked) if (!here.has(id)) ticked.delete(id);
    for (const box of boxes) box.checked = ticked.has(box.value);
    const all = table.querySelector(".hb-all");
    all.checked = ticked.size === boxes.length;
    all.indeterminate = !all.checked && ticked.size > 0;
    const remove = find(".hb-delete");
    const words = ticked.size ? filled(remove.dataset.one, { count: ticked.size }) : remove.dataset.none;
    remove.disabled = !ticked.size;
    remove.dataset.articles = JSON.stringify([...ticked]);
    if (remove.textContent !== words) remove.textContent = words;
  }

  new MutationObserver(() => {
    if (!find("#hb-library")) return;
    showTicks();
    showCollection();
  }).observe(document.documentElement, { childList: true, subtree: true, attributeFilter: ["value", "data-shown"] });

  // Nor do fields forget what was typed when the server writes them anew for another collection.
  const shown = new Map();

  function showCollection() {
    for (const [kind, forms] of [[".hb-shelves", ".hb-shelves form"], [".hb-filters", ".hb-filters"]]) {
      const collection = find(kind)?.dataset.shown;
      if (shown.get(kind) === collection) continue;
      shown.set(kind, collection);
      for (const form of document.querySelectorAll(forms)) form.reset();
    }
  }

  // ── Searching while typing ───────────────────────────────────────────────────────────────────────────
  let pause = 0;
  document.addEventListener("input", (event) => {
    if (!event.target.matches(".hb-filters input[type=search]")) return;
    clearTimeout(pause);
    pause = setTimeout(() => event.target.form?.dispatchEvent(new Event("change", { bubbles: true })), 250);
  });

  document.addEventListener("click", (event) => {
    if (!event.target.closest('[data-signal="unfilter"]')) return;
    for (const field of find(".hb-filters").elements) field.value = "";
    find(".hb-filters input").focus();
  });

  // ── Reading an article ───────────────────────────────────────────────────────────────────────────────
  document.addEventListener("click", async (event) => {
    const sheet = find(".hb-sheet");
    if (event.target === sheet) return sheet.close(); // beside it
    const button = event.target.closest("[data-preview]");
    if (!button || !sheet) return;
    const body = sheet.querySelector(".hb-article");
    body.textContent = sheet.dataset.loading;
    sheet.showModal();
    const asked = { id: button.dataset.preview, collection: find("#hb-collection").value };
    try {
      const response = await fetch(`/article?${new URLSearchParams(asked)}`);
      if (response.status >= 500) throw new Error(response.statusText);
      body.innerHTML = await response.text();
    } catch {
      body.textContent = sheet.dataset.failed;
    }
    body.scrollTop = 0;
    body.focus({ preventScroll: true });
  });

  // ── The focus survives that parts are replaced ───────────────────────────────────────────────────────
  let key = null;
  document.addEventListener("focusin", (event) => (key = event.target.closest("[data-key]")?.dataset.key ?? null));
  document.addEventListener("click", (event) => {
    if (event.target.closest('[data-signal="delete"]')) key = "undo";
  });
  new MutationObserver(() => {
    if (key === null || document.activeElement !== document.body || !find("#hb-library")) return;
    find(`[data-key="${CSS.escape(key)}"]`)?.focus();
  }).observe(document.documentElement, { childList: true, subtree: true });

  // ── For screen readers ───────────────────────────────────────────────────────────────────────────────
  const arrival = new MutationObserver(() => {
    const said = find("#hb-jobs-said");
    if (!said) return;
    arrival.disconnect();
    said.setAttribute("role", "status");
    said.setAttribute("aria-live", "polite");
  });
  arrival.observe(document.documentElement, { childList: true, subtree: true });
})();
