// Business details: the search for a line of business, files that are dropped, and fields that say
// what is wrong with them. Without this file the same forms are sent with their buttons.
(() => {
  "use strict";
  const root = document.documentElement;
  root.dataset.bzReady = "1";
  const csrf = () => document.querySelector("[name=csrfmiddlewaretoken]").value;

  // A field is wrong when its box says so; while it is mended it is not.
  const marks = (scope) => {
    for (const box of scope.querySelectorAll("[data-bz-fault]")) {
      const field = document.getElementById(box.dataset.bzFault);
      if (!field) continue;
      if (box.children.length) field.setAttribute("aria-invalid", "true");
      else field.removeAttribute("aria-invalid");
    }
  };
  document.addEventListener("htmx:afterSettle", () => marks(document));
  document.addEventListener("input", (event) => {
    const box = event.target.id && document.querySelector(`[data-bz-fault="${CSS.escape(event.target.id)}"]`);
    if (box && box.children.length) { box.replaceChildren(); event.target.removeAttribute("aria-invalid"); }
  });

  // When other questions come, what was typed meanwhile stays under the fingers, and is saved next.
  let typing = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    const field = document.activeElement;
    const here = event.detail.target.id === "questions" && field && field.closest("#questions");
    typing = here && field.id && field.matches("input:not([type=checkbox], [type=radio]), textarea") ? { id: field.id, value: field.value } : null;
  });
  document.addEventListener("htmx:afterSettle", () => {
    const field = typing && document.getElementById(typing.id);
    if (field && field.value !== typing.value) {
      field.value = typing.value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    typing = null;
  });

  // A long list of countries is narrowed by typing; what is typed there is no answer.
  document.addEventListener("input", (event) => {
    const list = event.target.dataset.bzNarrow && document.getElementById(event.target.dataset.bzNarrow);
    if (!list) return;
    event.stopPropagation();
    const typed = event.target.value.trim().toLowerCase();
    for (const label of list.querySelectorAll("label")) label.hidden = !label.textContent.toLowerCase().includes(typed);
  }, true);
  document.addEventListener("change", (event) => { if (event.target.dataset.bzNarrow) event.stopPropagation(); }, true);

  // The search: arrows move, Enter chooses, Escape closes.
  const combo = (field) => field.closest("[data-bz-combo]");
  const list = (box) => box.querySelector("[role=listbox]");
  const open = (box, yes) => {
    list(box).hidden = !yes;
    const field = box.querySelector("[role=combobox]");
    field.setAttribute("aria-expanded", String(yes));
    if (!yes) field.removeAttribute("aria-activedescendant");
  };
  const options = (box) => [...list(box).querySelectorAll("[data-value]")];
  const point = (box, at) => {
    const found = options(box);
    found.forEach((one, i) => one.setAttribute("aria-selected", String(i === at)));
    if (found[at]) {
      box.querySelector("[role=combobox]").setAttribute("aria-activedescendant", found[at].id);
      found[at].scrollIntoView({ block: "nearest" });
    }
  };
  const choose = (box, one) => {
    const field = box.querySelector("[role=combobox]"), code = box.querySelector("[type=hidden]");
    code.value = one.dataset.value;
    field.value = `${one.dataset.value} · ${one.querySelector("span").textContent}`;
    open(box, false);
    field.dispatchEvent(new Event("change", { bubbles: true }));
  };
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.matches("[role=listbox]")) open(event.target.closest("[data-bz-combo]"), event.target.children.length > 0);
  });
  document.addEventListener("input", (event) => {
    const box = event.target.matches("[role=combobox]") && combo(event.target);
    if (box) box.querySelector("[type=hidden]").value = "";
  });
  document.addEventListener("keydown", (event) => {
    const box = event.target.matches("[role=combobox]") && combo(event.target);
    if (!box) return;
    const found = options(box), at = found.findIndex((one) => one.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" && found.length) { event.preventDefault(); open(box, true); point(box, Math.min(at + 1, found.length - 1)); }
    else if (event.key === "ArrowUp" && found.length) { event.preventDefault(); point(box, Math.max(at - 1, 0)); }
    else if (event.key === "Enter" && !list(box).hidden) { event.preventDefault(); if (found[Math.max(at, 0)]) choose(box, found[Math.max(at, 0)]); }
    else if (event.key === "Escape" && !list(box).hidden) { event.preventDefault(); open(box, false); }
  });
  document.addEventListener("pointerdown", (event) => {
    const one = event.target.closest("[data-bz-combo] [data-value]");
    if (one) { event.preventDefault(); choose(one.closest("[data-bz-combo]"), one); }
    for (const box of document.querySelectorAll("[data-bz-combo]")) if (!box.contains(event.target)) open(box, false);
  });
  document.addEventListener("focusout", (event) => {
    const box = event.target.matches("[role=combobox]") && combo(event.target);
    if (box) open(box, false);
  });

  // A file is sent as soon as it is chosen, dropped or photographed.
  const send = async (form, file) => {
    const drop = form.querySelector(".bz-drop"), said = form.querySelector("[data-bz-said]");
    const body = new FormData(form);
    body.set("file", file, file.name);
    drop.setAttribute("aria-busy", "true");
    said.textContent = file.name;
    try {
      const answer = await fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true", "X-CSRFToken": csrf() }, credentials: "same-origin" });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const id of ["papers-in", "rail", "bar"]) {
        const fresh = page.getElementById(id), old = document.getElementById(id);
        if (fresh && old) { fresh.removeAttribute("hx-swap-oob"); old.replaceWith(document.importNode(fresh, true)); }
      }
      const fault = document.querySelector("#papers-in .cv-err");
      if (fault) fault.closest(".bz-slot").focus();
    } catch (error) {
      form.submit();
    }
  };
  document.addEventListener("change", (event) => {
    const form = event.target.type === "file" && event.target.closest("[data-bz-upload]");
    if (form && event.target.files.length) send(form, event.target.files[0]);
  });
  const over = (event) => event.target.closest && event.target.closest("[data-bz-upload]");
  document.addEventListener("dragover", (event) => {
    if (!document.querySelector("[data-bz-upload]")) return;
    event.preventDefault();
    const form = over(event);
    document.querySelectorAll(".bz-drop[data-over]").forEach((drop) => drop.removeAttribute("data-over"));
    if (form) form.querySelector(".bz-drop").dataset.over = "1";
  });
  document.addEventListener("drop", (event) => {
    if (!document.querySelector("[data-bz-upload]")) return;
    event.preventDefault();
    document.querySelectorAll(".bz-drop[data-over]").forEach((drop) => drop.removeAttribute("data-over"));
    const form = over(event);
    if (form && event.dataTransfer.files.length) send(form, event.dataTransfer.files[0]);
  });
})();
