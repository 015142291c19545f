// Two panes: arrow keys move the choice, and the chosen row is scrolled to.
(() => {
  "use strict";
  const table = document.querySelector("[data-dv-rows]");
  if (!table) return;
  const links = [...table.querySelectorAll("a.cv-rowlink")];
  const chosen = links.findIndex((link) => link.getAttribute("aria-current"));
  if (chosen > 0) links[chosen].scrollIntoView({ block: "nearest" });
  const steps = { ArrowDown: 1, ArrowUp: -1 };
  document.addEventListener("keydown", (event) => {
    const step = steps[event.key];
    const busy = event.target.closest("input, textarea, select, pre, details[open], dialog[open]");
    if (!step || busy || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = links[chosen + step];
    if (!next) return;
    event.preventDefault();
    sessionStorage.setItem("dv-focus", "1");
    location.assign(next.href);
  });
  if (sessionStorage.getItem("dv-focus") && chosen >= 0) {
    sessionStorage.removeItem("dv-focus");
    links[chosen].focus({ preventScroll: true });
  }
})();
