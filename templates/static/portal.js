/* What the portal adds to pages that work without it: the palette, keys, menus that close, forms that
   are sent once, dialogs in the place of pages, toasts. Nothing here decides anything. */
(function () {
  "use strict";
  const root = document.documentElement;
  const one = (what, where) => (where || document).querySelector(what);
  const all = (what, where) => [...(where || document).querySelectorAll(what)];

  /* forms are sent once: the button that was pressed sleeps */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) { event.preventDefault(); return; }
    if (form.method !== "post") return;
    form.dataset.sent = "1";
    const pressed = event.submitter;
    setTimeout(() => {
      buttons(form).forEach((button) => { button.disabled = true; });
      if (pressed) pressed.setAttribute("aria-busy", "true");
    }, 0);
    if ("file" in form.dataset) setTimeout(() => wake(form), 2500); // its answer may be a file: the page stays
  });
  const buttons = (form) => [...form.elements].filter((field) => field.type === "submit");
  function wake(form) {
    delete form.dataset.sent;
    buttons(form).forEach((button) => { button.disabled = false; button.removeAttribute("aria-busy"); });
  }
  window.addEventListener("pageshow", () => {
    all("form[data-sent]").forEach(wake);
    all("main .card[aria-busy]").forEach((card) => card.removeAttribute("aria-busy"));
  });

  /* a row of tabs that is wider than the screen begins where one is */
  all(".cv-tabs [aria-current]").forEach((tab) => {
    const row = tab.closest(".cv-tabs");
    row.scrollLeft = tab.offsetLeft - row.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
  });

  /* rows that are fetched anew stand as bars after 300 ms: a tab, a filter, another page of a list */
  function fetching(from) {
    const card = one("main .card:has(.cv-table tbody .cv-rowlink)");
    if (card && from.closest(".cv-tabs, .cv-filters, .cv-card-f")) setTimeout(() => card.setAttribute("aria-busy", "true"), 300);
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest("main a[href^='?']");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) fetching(link);
  });
  document.addEventListener("submit", (event) => { if (event.target.method === "get") fetching(event.target); });

  /* rows are chosen one by one or all at once */
  const ticks = () => all("main td.pt-pick input");
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-pick-all]")) ticks().forEach((tick) => { tick.checked = event.target.checked; });
    picked();
  });
  document.addEventListener("reset", () => setTimeout(() => { const every = one("[data-pick-all]"); if (every) every.checked = false; picked(); }, 0));
  function picked() {
    const count = ticks().filter((tick) => tick.checked).length;
    all("[data-picked]").forEach((said) => { said.textContent = count || ""; });
    const every = one("[data-pick-all]");
    if (every) { every.checked = count > 0 && count === ticks().length; every.indeterminate = count > 0 && !every.checked; }
  }

  /* menus close when one looks elsewhere */
  document.addEventListener("click", (event) => {
    all("details.pt-menu[open], details.pt-who[open], details.cv-filter-menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });

  /* toasts: what succeeded and needs no reading */
  function toast(text) {
    const box = one("#toasts");
    if (!box) return;
    const said = document.createElement("div");
    said.className = "cv-toast";
    said.textContent = text;
    box.append(said);
    setTimeout(() => said.remove(), 6000);
  }
  all("[data-toast]").forEach((message) => { toast(message.textContent.trim()); message.remove(); });

  /* a page as a dialog: <a data-dialog href> shows the page's #main form over this one */
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-dialog]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    try {
      const answer = await fetch(link.href, { credentials: "same-origin" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const asked = one(".cv-dialog", one("#main", page));
      if (!answer.ok || !asked) throw new Error("no dialog");
      const dialog = document.createElement("dialog");
      dialog.className = "pt-over";
      const form = one("form", asked);
      if (form && !form.getAttribute("action")) form.setAttribute("action", link.href);
      dialog.append(document.importNode(asked, true));
      document.body.append(dialog);
      all("a.cv-btn", dialog).forEach((keep) => keep.addEventListener("click", (click) => { click.preventDefault(); dialog.close(); }));
      dialog.addEventListener("close", () => { dialog.remove(); link.focus(); });
      dialog.showModal();
    } catch (error) { location.href = link.href; }
  });

  /* the palette */
  const palette = one("#palette"), inside = one("#palette-in"), opener = one("[data-palette]");
  let asked = 0;
  async function fill(query) {
    const turn = ++asked;
    const answer = await fetch(opener.href + "?part=1&q=" + encodeURIComponent(query), { credentials: "same-origin" });
    if (turn !== asked || !answer.ok) return;
    const results = one("#palette-results", inside);
    const html = await answer.text();
    if (results) results.innerHTML = new DOMParser().parseFromString(html, "text/html").querySelector("#palette-results").innerHTML;
    else inside.innerHTML = html;
    const exact = one("[data-at-once]", inside);
    if (exact) location.href = exact.href;
    mark(0);
  }
  const choices = () => all("a[data-choice]", inside);
  function mark(at) {
    const found = choices();
    found.forEach((choice, i) => choice.toggleAttribute("data-on", i === at));
    if (found[at]) found[at].scrollIntoView({ block: "nearest" });
  }
  async function open() {
    if (!palette || palette.open) return;
    palette.showModal();
    if (!inside.children.length) await fill("");
    const field = one("input", inside);
    if (field) { field.focus(); field.select(); }
  }
  if (palette) {
    opener.addEventListener("click", (event) => { event.preventDefault(); open(); });
    let soon;
    inside.addEventListener("input", (event) => { clearTimeout(soon); soon = setTimeout(() => fill(event.target.value), 120); });
    inside.addEventListener("keydown", (event) => {
      const found = choices(), at = found.findIndex((choice) => choice.hasAttribute("data-on"));
      if (event.key === "ArrowDown") { event.preventDefault(); mark(Math.min(at + 1, found.length - 1)); }
      if (event.key === "ArrowUp") { event.preventDefault(); mark(Math.max(at - 1, 0)); }
      if (event.key === "Enter" && found[at]) { event.preventDefault(); location.href = found[at].href; }
    });
    palette.addEventListener("click", (event) => { if (event.target === palette) palette.close(); });
  }

  /* a long menu of businesses is narrowed by typing */
  document.addEventListener("input", (event) => {
    const field = event.target.closest("[data-narrow]");
    if (!field) return;
    const typed = field.value.trim().toLowerCase();
    all("button", field.form).forEach((button) => { button.hidden = !button.textContent.toLowerCase().includes(typed); });
    all(".pt-who-h", field.form).forEach((head) => { head.hidden = typed !== ""; });
  });

  /* what takes longer than 300 ms is dimmed, what takes longer than 5 s says so */
  document.addEventListener("htmx:beforeRequest", (event) => {
    const box = event.detail.target;
    box.cvBusy = setTimeout(() => box.setAttribute("aria-busy", "true"), 300);
    box.cvSlow = setTimeout(() => { const said = one("#slow"); if (said) toast(said.content.textContent); }, 5000);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const box = event.detail.target;
    clearTimeout(box.cvBusy); clearTimeout(box.cvSlow); box.removeAttribute("aria-busy");
  });

  /* trouble stays until it is over or put away */
  function trouble(name) {
    const words = one("#" + name), main = one("#main");
    if (!words || one(".pt-trouble")) return;
    main.prepend(words.content.cloneNode(true));
  }
  const over = () => all(".pt-trouble").forEach((said) => said.remove());
  const quiet = (event) => event.detail.elt.matches(".cv-tabs"); // the counts of tabs may be missing
  document.addEventListener("htmx:sendError", (event) => { if (!quiet(event)) trouble("offline"); });
  document.addEventListener("htmx:timeout", (event) => { if (!quiet(event)) trouble("offline"); });
  document.addEventListener("htmx:responseError", (event) => { if (!quiet(event)) trouble("failed"); });
  document.addEventListener("htmx:afterOnLoad", (event) => { if (event.detail.successful) over(); });
  window.addEventListener("offline", () => trouble("offline"));
  window.addEventListener("online", over);

  /* keys */
  const sheet = one("#keys");
  const letters = () => localStorage.getItem("cv-letters") !== "off";
  const box = one("[data-letters]");
  if (box) { box.checked = letters(); box.addEventListener("change", () => localStorage.setItem("cv-letters", box.checked ? "on" : "off")); }
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys]")) sheet.showModal();
    if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
  });
  let gone = 0;
  const rows = () => all("main tr:has(.cv-rowlink), main li:has(.cv-rowlink)");
  function step(by) {
    const found = rows();
    if (!found.length) return;
    const at = found.findIndex((row) => row.contains(document.activeElement));
    const next = found[Math.max(0, Math.min(found.length - 1, at < 0 ? 0 : at + by))];
    one(".cv-rowlink", next).focus();
  }
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); open(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, dialog, [contenteditable]")) return;
    if (event.key === "?") { sheet && sheet.showModal(); return; }
    if (!letters()) return;
    const key = event.key.toLowerCase();
    if (gone && Date.now() - gone < 1200) {
      const place = one('[data-go="' + CSS.escape(key) + '"]');
      gone = 0;
      if (place) { event.preventDefault(); location.href = place.href; return; }
    }
    const press = (what) => { const found = one(what); if (found) { event.preventDefault(); found.click(); } };
    if (key === "g") gone = Date.now();
    else if (key === "j") step(1);
    else if (key === "k") step(-1);
    else if (key === "x") { const row = rows().find((line) => line.contains(document.activeElement)), tick = row && one(".pt-pick input", row); if (tick) tick.click(); }
    else if (key === "/") { const field = one("main [data-filter]"); if (field) { event.preventDefault(); field.focus(); } }
    else if (key === "e") press("main .ex-menu > summary");
    else if (key === "r") press("main [data-key-refund]");
    else if (key === "c") press("main .cv-id");
  });

  /* whole rows open on click; the amount is the real link */
  document.addEventListener("click", (event) => {
    const row = event.target.closest("main tr");
    if (!row || event.target.closest("a, button, input, label, summary")) return;
    const link = one(".cv-rowlink", row);
    if (link && !String(getSelection())) link.click();
  });
  root.dataset.ready = "1";
})();
