/* The console stays as new as the books: every two seconds the page is asked for again, and the parts
   that changed are put in place. What is open stays open; a form somebody is filling in is left alone. */
(function () {
  "use strict";
  const parts = (root) => [...root.querySelectorAll("[data-sb-live]")];
  const pause = document.querySelector("[data-sb-pause]");
  if (!pause || !parts(document).length) return;
  let live = true;
  pause.hidden = false;
  const show = () => {
    pause.setAttribute("aria-pressed", String(!live));
    pause.querySelector("span").textContent = live ? "Live" : "Paused";
    pause.querySelector("i").hidden = !live;
  };
  pause.addEventListener("click", () => { live = !live; show(); if (live) look(); });
  show();

  const plain = (node) => {
    const copy = node.cloneNode(true);
    copy.querySelectorAll("details[open]").forEach((one) => one.removeAttribute("open"));
    return copy.innerHTML.trim();
  };
  const place = (fresh) => {
    parts(document).forEach((old) => {
      const now = fresh.querySelector('[data-sb-live="' + old.dataset.sbLive + '"]');
      if (!now || plain(now) === plain(old) || old.querySelector("select:focus, input:focus")) return;
      const open = [...old.querySelectorAll("details[open]")].map((one) => one.dataset.sbKeep);
      const focus = document.activeElement && old.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
      old.replaceChildren(...now.childNodes);
      open.forEach((name) => { const one = name && old.querySelector('[data-sb-keep="' + name + '"]'); if (one) one.open = true; });
      if (focus) old.querySelector('[href="' + CSS.escape(focus) + '"]')?.focus();
    });
  };
  const look = () => {
    if (!live || document.hidden) return;
    fetch(location.href, { cache: "no-store" })
      .then((answer) => (answer.ok ? answer.text() : ""))
      .then((text) => { if (text && live) place(new DOMParser().parseFromString(text, "text/html")); })
      .catch(() => {});
  };
  setInterval(look, 2000);
})();
