/* The documentation's comforts; every page works without them: search as you type, copying of samples, and the language a reader chose, kept for every sample. */
(function () {
  "use strict";
  const article = document.querySelector(".dc-prose[data-copy]");
  if (article && navigator.clipboard) for (const pre of article.querySelectorAll("pre")) {
    const box = document.createElement("div"), button = document.createElement("button");
    box.className = "dc-code"; button.type = "button"; button.className = "dc-copy"; button.textContent = article.dataset.copy;
    button.addEventListener("click", () => navigator.clipboard.writeText(pre.textContent).then(() => {
      button.textContent = article.dataset.copied;
      setTimeout(() => { button.textContent = article.dataset.copy; }, 1800);
    }));
    pre.replaceWith(box); box.append(pre, button);
  }

  const chosen = localStorage.getItem("dc-language");
  const choose = (name) => { for (const one of document.querySelectorAll(".dc-tabs input")) if (one.value === name) one.checked = true; };
  if (chosen) choose(chosen);
  document.addEventListener("change", (event) => {
    if (!event.target.matches(".dc-tabs input")) return;
    localStorage.setItem("dc-language", event.target.value);
    choose(event.target.value);
  });

  const form = document.querySelector(".dc-search"), field = document.getElementById("dc-q"), list = document.getElementById("dc-hits");
  let index = null;
  const load = () => index || (index = fetch(form.dataset.index).then((answer) => answer.json()));
  const weigh = ([, page, heading, text], words) => {
    let total = 0;
    for (const word of words) {
      const here = 8 * (page === heading && page.toLowerCase().includes(word)) + 5 * heading.toLowerCase().includes(word) + text.includes(word);
      if (!here) return 0;
      total += here;
    }
    return total;
  };
  const show = (rows, asked) => {
    list.replaceChildren(...rows.map(([address, page, heading]) => {
      const item = document.createElement("li"), link = document.createElement("a"), small = document.createElement("span");
      link.href = address; link.textContent = heading; small.textContent = page === heading ? "" : page; link.append(small); item.append(link);
      return item;
    }));
    if (!rows.length && asked) { const none = document.createElement("li"); none.textContent = list.dataset.none; none.className = "dc-none"; list.append(none); }
    list.hidden = !asked;
  };
  const look = () => load().then((rows) => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    show(words.length ? rows.map((row) => [weigh(row, words), row]).filter(([weight]) => weight).sort((a, b) => b[0] - a[0]).slice(0, 8).map(([, row]) => row) : [], words.length > 0);
  });
  field.addEventListener("input", look);
  form.addEventListener("keydown", (event) => {
    const links = [...list.querySelectorAll("a")], at = links.indexOf(document.activeElement);
    if (event.key === "Escape") { list.hidden = true; field.focus(); }
    if (event.key === "ArrowDown" && links.length && !list.hidden) { event.preventDefault(); links[Math.min(at + 1, links.length - 1)].focus(); }
    if (event.key === "ArrowUp" && at >= 0) { event.preventDefault(); (at ? links[at - 1] : field).focus(); }
  });
  form.addEventListener("focusout", (event) => { if (!form.contains(event.relatedTarget)) list.hidden = true; });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.target.closest("input, textarea, select")) { event.preventDefault(); field.focus(); }
  });
})();
