/* The effect of a refund or capture follows the amount as it is typed. Without this the server shows
   it when the form is sent, and asks once more. */
(function () {
  "use strict";
  let soon, turn = 0;
  async function follow(form) {
    const asked = ++turn;
    const amount = form.elements.amount.value;
    const address = form.getAttribute("action") + "?amount=" + encodeURIComponent(amount);
    const answer = await fetch(address, { credentials: "same-origin" });
    if (asked !== turn || !answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("form[data-move]");
    if (!fresh) return;
    form.querySelector(".cv-sum").replaceWith(document.importNode(fresh.querySelector(".cv-sum"), true));
    form.querySelector("button[type=submit]").textContent = fresh.querySelector("button[type=submit]").textContent;
    form.elements.seen.value = fresh.elements.seen.value;
  }
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-move]");
    if (!form || event.target.name !== "amount") return;
    clearTimeout(soon);
    soon = setTimeout(() => follow(form), 250);
  });
})();
