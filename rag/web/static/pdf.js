// The two views of an article that came from a PDF: its text, and its pages as images with the quote marked.
(() => {
  "use strict";

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-pdf]");
    const article = button?.closest(".hb-article");
    if (!article) return;
    const sheet = article.querySelector(".hb-printed");
    if (button.dataset.pdf === "text" || button.dataset.pdf === "page") view(article, sheet, button.dataset.pdf);
    else if (button.dataset.pdf === "enlarge") {
      button.setAttribute("aria-pressed", sheet.classList.toggle("hb-large"));
      reveal(sheet);
    } else if (button.getAttribute("aria-disabled") !== "true") {
      show(sheet, Number(sheet.dataset.number) + (button.dataset.pdf === "next" ? 1 : -1));
    }
  });

  function view(article, sheet, wanted) {
    for (const button of article.querySelectorAll(".hb-views button")) {
      button.setAttribute("aria-pressed", button.dataset.pdf === wanted);
    }
    article.querySelector(".hb-text").hidden = wanted === "page";
    sheet.hidden = wanted === "text";
    if (wanted === "page" && sheet.dataset.number) reveal(sheet);
    else if (wanted === "page") show(sheet);
  }

  async function show(sheet, number) {
    const line = sheet.querySelector(".hb-printed-line");
    const image = sheet.querySelector("img");
    const mine = (sheet.dataset.request = String(Number(sheet.dataset.request ?? 0) + 1));
    line.textContent = sheet.dataset.loading;
    sheet.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(sheet.dataset.address + (number ? `&number=${number}` : ""));
      if (!response.ok) throw new Error(await response.text());
      const picture = await response.blob();
      if (mine !== sheet.dataset.request) return;
      const page = Number(response.headers.get("hb-page"));
      const pages = Number(response.headers.get("hb-pages"));
      const marked = response.headers.get("hb-marked").split(",").includes(String(page));
      const words = (marked ? sheet.dataset.marked : sheet.dataset.plain)
        .replace("{page}", page)
        .replace("{pages}", pages);
      sheet.dataset.number = page;
      URL.revokeObjectURL(image.src);
      image.src = URL.createObjectURL(picture);
      image.alt = words;
      image.hidden = false;
      await image.decode();
      sheet.dataset.mark = response.headers.get("hb-mark");
      reveal(sheet);
      line.textContent = words;
      able(sheet, "previous", page > 1);
      able(sheet, "next", page < pages);
    } catch (error) {
      if (mine !== sheet.dataset.request) return;
      image.hidden = true;
      line.textContent = error instanceof TypeError ? sheet.dataset.failed : error.message;
    } finally {
      if (mine === sheet.dataset.request) sheet.removeAttribute("aria-busy");
    }
  }

  // The first mark, or the top of the page, comes into view.
  function reveal(sheet) {
    const article = sheet.closest(".hb-article");
    const paper = sheet.querySelector(".hb-paper");
    const image = paper.querySelector("img");
    const [left, top] = sheet.dataset.mark.split(",").map(Number);
    const marked = sheet.dataset.mark !== "";
    article.scrollTop = marked
      ? paper.offsetTop + top * image.clientHeight - article.clientHeight / 2
      : sheet.offsetTop - 60;
    paper.scrollLeft = marked ? left * image.clientWidth - 24 : 0;
  }

  // Not `disabled`: the focus would be lost at the last page.
  function able(sheet, deed, is) {
    sheet.querySelector(`[data-pdf="${deed}"]`).setAttribute("aria-disabled", !is);
  }
})();
