// The settings: what is typed is shown at once beside it. Without this file saving shows it.
(() => {
  "use strict";
  const frame = document.querySelector(".st-preview iframe");
  const form = frame && document.querySelector('form[enctype="multipart/form-data"]');

  for (const shown of document.querySelectorAll("[data-st-shows]")) {
    const field = document.querySelector(`[name="${shown.dataset.stShows}"]`);
    if (field) field.addEventListener("input", () => { shown.textContent = field.value || shown.dataset.stElse; });
  }
  if (!form) return;

  let picture = "";
  const tell = () => {
    const value = (name) => (form.elements[name] ? form.elements[name].value : "");
    const removed = form.elements.remove_logo && form.elements.remove_logo.checked;
    frame.contentWindow.postMessage({
      display_name: value("display_name"),
      colour: value("colour"),
      radius: value("radius"),
      receipt_footer: value("receipt_footer"),
      logo: removed ? "none" : picture,
    }, location.origin);
  };
  form.addEventListener("input", (event) => {
    const file = event.target.name === "logo" && event.target.files[0];
    if (!file) return tell();
    const reader = new FileReader();
    reader.onload = () => { picture = reader.result; tell(); };
    reader.readAsDataURL(file);
  });
  frame.addEventListener("load", tell);
  tell();

  for (const button of document.querySelectorAll("[data-st-screen]")) {
    button.addEventListener("click", () => {
      document.querySelector("[data-st-preview]").dataset.stPreview = button.dataset.stScreen;
      for (const one of document.querySelectorAll("[data-st-screen]")) one.setAttribute("aria-pressed", String(one === button));
    });
  }
})();
