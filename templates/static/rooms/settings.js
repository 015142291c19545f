// The settings: what is typed is shown at once beside it. Without this file saving shows it.
(() => {
  "use strict";
  const PAUSE = 250;

  for (const shown of document.querySelectorAll("[data-st-shows]")) {
    const field = document.querySelector(`[name="${shown.dataset.stShows}"]`);
    if (field) field.addEventListener("input", () => { shown.textContent = field.value || shown.dataset.stElse; });
  }

  const form = document.querySelector("[data-st-draft]");
  const frame = document.querySelector(".st-preview iframe");
  if (!form || !frame) return;

  // What is changed is the store's own; what is ticked is again as in all stores.
  for (const box of form.querySelectorAll("[data-st-same]")) {
    const own = box.closest("[data-st-own]");
    const field = own.querySelector("[data-st-all]");
    own.addEventListener("input", (event) => { if (event.target !== box) box.checked = false; });
    box.addEventListener("change", () => {
      if (box.checked) field.value = field.type === "file" ? "" : field.dataset.stAll;
    });
  }

  // A picture that was chosen a moment ago is here only, so it is put into the page by hand.
  let picture = "";
  const hang = () => {
    if (!picture) return;
    for (const old of frame.contentDocument.querySelectorAll(".co-brand > .co-logo, .co-brand > .cv-mark")) {
      const image = frame.contentDocument.createElement("img");
      image.className = "co-logo";
      image.alt = "";
      image.src = picture;
      old.replaceWith(image);
    }
  };
  // It is a picture of a page: nothing is sent from it, and no link leads out of it.
  const still = () => {
    const stop = (event) => { event.preventDefault(); event.stopImmediatePropagation(); };
    frame.contentDocument.addEventListener("submit", stop, true);
    frame.contentDocument.addEventListener("click", (event) => { if (event.target.closest("a[target]")) stop(event); }, true);
  };
  frame.addEventListener("load", () => { hang(); still(); });

  let waiting = 0, asked = 0;
  const draw = async () => {
    const turn = ++asked, typed = new FormData(form);
    typed.delete("logo");
    const answer = await fetch(form.dataset.stDraft, { method: "POST", body: typed }).catch(() => null);
    if (!answer || !answer.ok || turn !== asked) return;
    const address = new URL((await answer.json()).address, location);
    const language = new URLSearchParams(frame.contentWindow.location.search).get("locale");
    if (language) address.searchParams.set("locale", language);
    frame.contentWindow.location.replace(address);
  };
  const soon = () => { clearTimeout(waiting); waiting = setTimeout(draw, PAUSE); };
  const choose = (file) => {
    picture = "";
    if (!file) return;
    const reader = new FileReader();
    reader.onload = () => { picture = reader.result; hang(); };
    reader.readAsDataURL(file);
  };
  form.addEventListener("input", (event) => {
    if (event.target.name === "remove_logo" || event.target.value === "logo") choose(null);
    if (event.target.name === "logo") choose(event.target.files[0]);
    soon();
  });
  if (form.querySelector(".cv-err")) draw(); // what was refused is still in the fields

  for (const button of document.querySelectorAll("[data-st-screen]")) {
    button.addEventListener("click", () => {
      document.querySelector("[data-st-preview]").dataset.stPreview = button.dataset.stScreen;
      for (const one of document.querySelectorAll("[data-st-screen]")) one.setAttribute("aria-pressed", String(one === button));
    });
  }
})();
