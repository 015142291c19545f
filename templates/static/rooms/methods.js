/* The order of methods by drag and drop; without it there are buttons. */
(function () {
  "use strict";
  const form = document.querySelector("[data-mt-order]");
  if (!form) return;
  const list = form.querySelector("ol");
  let held = null;
  list.addEventListener("dragstart", (event) => { held = event.target.closest("li"); });
  list.addEventListener("dragover", (event) => {
    const over = event.target.closest("li");
    if (!held || !over) return;
    event.preventDefault();
    [...list.children].forEach((one) => one.toggleAttribute("data-over", one === over && one !== held));
  });
  list.addEventListener("dragend", () => [...list.children].forEach((one) => one.removeAttribute("data-over")));
  list.addEventListener("drop", (event) => {
    const over = event.target.closest("li");
    event.preventDefault();
    if (!held || !over || held === over) return;
    const rows = [...list.children];
    if (rows.indexOf(held) < rows.indexOf(over)) over.after(held); else over.before(held);
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = "order";
    field.value = [...list.children].map((one) => one.dataset.mtCode).join(",");
    form.append(field);
    form.submit();
  });
})();
