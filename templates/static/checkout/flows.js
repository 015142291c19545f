/* The waiting pages' own script: the time that is left, copying, codes that run out. */
(function () {
  "use strict";
  const all = (query, root) => [...(root || document).querySelectorAll(query)];
  const one = (query, root) => (root || document).querySelector(query);

  /* ---- how much of the time is left; spoken at five minutes, one minute and the end */
  const SPOKEN = [300, 60];
  all("[data-co-timer]").forEach((timer) => {
    const clock = one("[data-co-clock]", timer), ring = one("[data-co-ring]", timer), says = one("[data-co-timer-says]", timer);
    const total = Number(timer.dataset.coTotal), ends = Date.now() + Number(timer.dataset.coLeft) * 1000;
    let before = Infinity;
    const two = (number) => String(number).padStart(2, "0");
    const words = (left) => {
      if (left <= 0) return timer.dataset.coOverWord;
      const hours = Math.floor(left / 3600), minutes = Math.floor(left / 60) % 60;
      return timer.dataset.coLeftWord.replace("%s", hours ? hours + ":" + two(minutes) + ":" + two(left % 60) : minutes + ":" + two(left % 60));
    };
    const tick = () => {
      const left = Math.max(0, Math.round((ends - Date.now()) / 1000));
      clock.textContent = words(left);
      ring.setAttribute("stroke-dasharray", Math.min(100, Math.round((left * 100) / total)) + " 100");
      if (SPOKEN.some((at) => before > at && left <= at) && before !== Infinity) says.textContent = words(left);
      before = left;
      if (left > 0) return;
      clearInterval(every); says.textContent = words(0);
      all("[data-co-code-now]").forEach((node) => { node.hidden = true; });
      all("[data-co-code-over]").forEach((node) => { node.hidden = false; });
      all("[data-co-fresh] button").forEach((button) => { button.classList.replace("cv-btn", "btn-primary"); });
    };
    const every = setInterval(tick, 1000);
    tick();
  });

  /* ---- by the shopper's own clock */
  all("[data-co-until]").forEach((node) => {
    const clock = new Intl.DateTimeFormat(document.documentElement.lang + "-u-nu-latn", { timeStyle: "short" }).format(new Date(node.dataset.coUntil));
    node.textContent = node.dataset.coUntilWord.replace("%s", clock);
  });

  /* ---- copy */
  const copied = (text) => {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    const field = document.createElement("textarea");
    field.value = text; document.body.append(field); field.select();
    const done = document.execCommand("copy"); field.remove();
    return done ? Promise.resolve() : Promise.reject(new Error("not copied"));
  };
  all("[data-co-copy]").forEach((button) => {
    const word = one("span", button), said = word.textContent;
    button.hidden = false;
    button.addEventListener("click", () => copied(button.dataset.coCopy).then(() => {
      word.textContent = button.dataset.coDone; word.setAttribute("role", "status");
      setTimeout(() => { word.textContent = said; word.removeAttribute("role"); }, 2000);
    }, () => {}));
  });

  /* ---- one press is enough */
  all("[data-co-fresh]").forEach((form) => form.addEventListener("submit", () => { one("button", form).disabled = true; }));
})();
