// The theme of this browser, from before the page is drawn; the number beside a slider.
(() => {
  "use strict";
  const KEY = "hb-theme";
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const language = document.currentScript.dataset.language;

  function chosen() {
    try {
      return localStorage.getItem(KEY) || "system";
    } catch {
      return "system"; // a browser that keeps nothing
    }
  }

  function apply() {
    const theme = chosen();
    const dark = theme === "dark" || (theme === "system" && system.matches);
    document.documentElement.style.colorScheme = dark ? "dark" : "light";
    const body = document.body;
    if (body && body.classList.contains("dark") !== dark) body.classList.toggle("dark", dark);
  }

  // Gradio sets the class by the system alone when it starts.
  const watch = () => new MutationObserver(apply).observe(document.body, { attributeFilter: ["class"] });
  apply();
  if (document.body) watch();
  else document.addEventListener("DOMContentLoaded", () => (apply(), watch()));
  system.addEventListener("change", apply);
  window.addEventListener("storage", apply); // changed in another tab

  document.addEventListener("change", (event) => {
    if (!event.target.matches('.hb-theme input[name="theme"]')) return;
    try {
      localStorage.setItem(KEY, event.target.value);
    } catch {
      return;
    }
    apply();
  });

  document.addEventListener("input", (event) => {
    const { target } = event;
    const shown = target.matches?.('input[type="range"]') && target.parentElement.querySelector("output");
    if (!shown) return;
    const digits = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
    shown.textContent = Number(target.value).toLocaleString(language, digits);
  });

  // Whoever types a model's place means it to be used.
  document.addEventListener("input", (event) => {
    if (event.target.matches?.('input[name="other"]')) {
      event.target.closest(".hb-option").querySelector('input[name="llm"]').checked = true;
    }
  });

  // The form is drawn anew when a model waits for the next start and when the defaults are back: the keyboard
  // stays at the button that was pressed.
  let pressed = "";
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".hb-buttons button");
    if (button) pressed = button.className;
  });
  new MutationObserver(() => {
    if (!pressed || (document.activeElement && document.activeElement !== document.body)) return;
    document.querySelector(`.hb-buttons button.${pressed}`)?.focus();
  }).observe(document.documentElement, { childList: true, subtree: true });

  const mark = () => {
    const wanted = document.querySelector(`.hb-theme input[value="${chosen()}"]`);
    if (wanted && !wanted.checked) wanted.checked = true;
    return wanted;
  };
  const arrival = new MutationObserver(() => mark() && arrival.disconnect());
  arrival.observe(document.documentElement, { childList: true, subtree: true });
})();
