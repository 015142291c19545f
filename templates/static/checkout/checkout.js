/* The checkout's one script. Every page works without it; it spares the shopper waiting and mistakes. */
(function () {
  "use strict";
  const all = (query, root) => [...(root || document).querySelectorAll(query)];
  const one = (query, root) => (root || document).querySelector(query);
  const data = (id) => { const found = document.getElementById(id); return found ? JSON.parse(found.textContent) : null; };
  const body = document.body, lang = document.documentElement.lang;

  /* ---- the frame around an embedded page hears what happens, and no other site does */
  const host = body.dataset.coHost || "";
  const tell = (type, more) => { if (host && parent !== window) parent.postMessage({ source: "caravel-checkout", type, ...more }, host); };
  if (host) {
    tell("ready", {});
    new ResizeObserver(() => tell("resize", { height: Math.ceil(document.documentElement.getBoundingClientRect().height) })).observe(body);
    addEventListener("keydown", (event) => { if (event.key === "Escape" && !event.defaultPrevented && !one(".co-lang[open]")) tell("escape", {}); }, true);
    if (body.dataset.coPaid) tell("completed", { payment: body.dataset.coPaid, status: body.dataset.coPaidStatus });
    all("[data-co-leave]").forEach((link) => link.addEventListener("click", (event) => { event.preventDefault(); tell("canceled", {}); }));
  }

  /* ---- times in the shopper's own zone */
  all("[data-co-when]").forEach((node) => {
    node.textContent = new Intl.DateTimeFormat(lang + "-u-nu-latn", { dateStyle: "medium", timeStyle: "short" }).format(new Date(node.dateTime));
  });

  /* ---- a page that waits */
  const mark = body.dataset.coMark;
  function poll() {
    const started = Date.now();
    const again = () => setTimeout(ask, Date.now() - started < 60000 ? 2000 : Date.now() - started < 600000 ? 5000 : 15000);
    const ask = () => {
      if (document.hidden) { document.addEventListener("visibilitychange", ask, { once: true }); return; }
      fetch(body.dataset.coStatus, { headers: { Accept: "application/json" }, cache: "no-store" })
        .then((answer) => (answer.ok ? answer.json() : null))
        .then((now) => {
          if (now && now.mark !== mark) { location.replace(clean()); return; }
          const says = one("[data-co-says]");
          if (now && now.says && says && says.textContent !== now.says) says.textContent = now.says;
          again();
        })
        .catch(again);
    };
    again();
  }
  const clean = () => { const url = new URL(location.href); url.searchParams.delete("go"); return url.href; };
  if (one("[data-co-says]")) poll();
  all("[data-co-later]").forEach((node) => { node.hidden = true; setTimeout(() => { node.hidden = false; }, node.dataset.coLater * 1000); });

  /* ---- hand-over: once, right after the try; whoever comes back finds a button and not a trap */
  const away = one("[data-co-away]");
  if (away && "coGo" in body.dataset) {
    history.replaceState(null, "", clean());
    if (!host) setTimeout(() => (away.tagName === "FORM" ? away.submit() : location.assign(away.href)), 1000);
  }

  /* ---- after the payment */
  const back = one("[data-co-return]");
  if (back && !host) {
    const line = one("[data-co-countdown]");
    let left = Number(back.dataset.coReturn);
    const show = () => { one("[data-co-left]", line).textContent = left; };
    const timer = setInterval(() => { left -= 1; show(); if (left <= 0) { clearInterval(timer); location.assign(back.href); } }, 1000);
    one("[data-co-stay]", line).addEventListener("click", () => { clearInterval(timer); line.hidden = true; });
    show(); line.hidden = false;
  }
  all("[data-co-print]").forEach((button) => { button.hidden = false; button.addEventListener("click", () => print()); });

  /* ---- the languages close like any menu */
  document.addEventListener("click", (event) => all(".co-lang[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; }));
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") all(".co-lang[open]").forEach((menu) => { menu.open = false; one("summary", menu).focus(); }); });

  const form = one("[data-co-form]");
  if (!form) return;

  /* ---- what 3-D Secure asks of a browser */
  const facts = { color_depth: screen.colorDepth, screen_width: screen.width, screen_height: screen.height, time_zone_offset_minutes: new Date().getTimezoneOffset() };
  Object.entries(facts).forEach(([name, value]) => { form.elements[name].value = value; });

  /* ---- search among the other ways */
  const find = one("[data-co-find]");
  if (find) {
    find.closest(".find").hidden = false;
    const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f\s._-]/g, "").toLowerCase();
    const safe = (text) => text.replace(/[^\p{L}\p{N}]/gu, "");
    const near = (name, wanted) => { /* one letter may be wrong, missing or too many */
      if (name.includes(wanted)) return true;
      if (wanted.length < 4) return false;
      for (let i = 0; i < wanted.length; i += 1) {
        const head = safe(wanted.slice(0, i)), tail = safe(wanted.slice(i + 1));
        if (new RegExp(head + ".?" + tail).test(name) || new RegExp(head + "." + safe(wanted[i]) + tail).test(name)) return true;
      }
      return false;
    };
    find.addEventListener("input", () => {
      const wanted = plain(find.value); let shown = 0;
      all("[data-co-group]").forEach((group) => {
        let some = false;
        all("[data-co-way]", group).forEach((way) => { way.hidden = !near(plain(way.dataset.coWay), wanted); some = some || !way.hidden; shown += way.hidden ? 0 : 1; });
        group.hidden = !some;
      });
      const line = one("[data-co-found]"); line.textContent = shown ? "" : line.dataset.none;
    });
    find.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  }

  /* ---- mistakes */
  const says = data("co-says") || {};
  function mend(input, sentence) {
    const line = document.getElementById(input.id + "-mistake");
    input.classList.toggle("is-bad", Boolean(sentence));
    if (sentence) input.setAttribute("aria-invalid", "true"); else input.removeAttribute("aria-invalid");
    if (line) { one("span", line).textContent = sentence; line.hidden = !sentence; }
  }

  /* ---- the card */
  const number = one("[data-co-number]"), expiry = one("[data-co-expiry]"), code = one("[data-co-code]");
  const brands = data("co-brands") || [];
  const digits = (text) => text.replace(/\D/g, "");
  function brandOf(typed) {
    let found = null, longest = 0;
    brands.forEach((brand) => brand.prefixes.forEach((prefix) => {
      const [low, high] = prefix.includes("-") ? prefix.split("-") : [prefix, prefix];
      const head = typed.slice(0, low.length);
      if (head.length === low.length && head >= low && head <= high && low.length >= longest) { found = brand; longest = low.length; }
    }));
    return found;
  }
  const luhn = (typed) => [...typed].reverse().reduce((sum, digit, place) => { const twice = digit * 2; return sum + (place % 2 ? (twice > 9 ? twice - 9 : twice) : Number(digit)); }, 0) % 10 === 0;
  function grouped(typed, brand) {
    const parts = []; let at = 0;
    for (const size of brand ? brand.grouping : [4, 4, 4, 4, 3]) { if (at >= typed.length) break; parts.push(typed.slice(at, at + size)); at += size; }
    if (at < typed.length) parts.push(typed.slice(at));
    return parts.join(" ");
  }
  /* Write a field anew and keep the caret behind the digit it was behind. */
  function rewrite(input, text) {
    if (input.value === text) return;
    const before = digits(input.value.slice(0, input.selectionStart)).length;
    const atEnd = input.selectionStart === input.value.length;
    input.value = text;
    let place = 0;
    for (let seen = 0; place < text.length && seen < before; place += 1) if (/\d/.test(text[place])) seen += 1;
    if (document.activeElement === input) input.setSelectionRange(atEnd ? text.length : place, atEnd ? text.length : place);
  }
  const fill = (text, brand) => text.replace("%(brand)s", brand.name);
  function checkNumber() {
    const typed = digits(number.value), brand = brandOf(typed);
    if (!typed) return says.number_empty;
    if (brand && !brand.taken) return fill(says.brand, brand);
    const lengths = brand ? brand.lengths : [12, 13, 14, 15, 16, 17, 18, 19];
    if (typed.length < lengths[0]) return says.number_short;
    return lengths.includes(typed.length) && (luhn(typed) || (brand && !brand.luhn)) ? "" : says.number;
  }
  function checkExpiry() {
    const found = /^(0?[1-9]|1[0-2])\s*[/.-]?\s*(?:20)?(\d{2})$/.exec(expiry.value.trim());
    if (!found) return says.expiry;
    const now = new Date(), year = 2000 + Number(found[2]);
    return year * 12 + Number(found[1]) < now.getFullYear() * 12 + now.getMonth() + 1 ? says.expired : "";
  }
  const codeDigits = () => { const brand = brandOf(digits(number.value)); return brand ? brand.digits : 3; };
  const checkCode = () => (digits(code.value).length === codeDigits() ? "" : says["code" + codeDigits()]);
  const checks = new Map();
  if (number) {
    checks.set(number, checkNumber).set(expiry, checkExpiry).set(code, checkCode);
    const tile = one("[data-co-brand]"), spoken = one("[data-co-brand-says]");
    number.addEventListener("input", () => {
      const typed = digits(number.value).slice(0, 19), brand = brandOf(typed);
      rewrite(number, grouped(typed, brand));
      tile.hidden = !brand; tile.replaceChildren();
      if (brand && brand.logo) { const logo = new Image(34, 22); logo.src = brand.logo; logo.alt = ""; tile.append(logo); } else if (brand) tile.textContent = brand.name.slice(0, 2);
      const word = brand ? fill(says.found, brand) : "";
      if (spoken.textContent !== word) spoken.textContent = word;
      code.maxLength = codeDigits();
      const usual = brand && (brand.lengths.includes(16) ? 16 : Math.max(...brand.lengths));
      if (typed.length === usual && !checkNumber() && document.activeElement === number && !expiry.value) expiry.focus();
    });
    expiry.addEventListener("input", (event) => {
      let typed = digits(expiry.value);
      if (/^[2-9]/.test(typed)) typed = "0" + typed;
      if (typed.length > 4 && typed.slice(2, 4) === "20") typed = typed.slice(0, 2) + typed.slice(4);
      typed = typed.slice(0, 4);
      const removing = event.inputType && event.inputType.startsWith("delete");
      rewrite(expiry, typed.length > 2 || (typed.length === 2 && !removing) ? typed.slice(0, 2) + " / " + typed.slice(2) : typed);
      if (typed.length === 4 && !checkExpiry() && document.activeElement === expiry && !code.value) code.focus();
    });
    code.addEventListener("input", () => rewrite(code, digits(code.value).slice(0, 4)));
  }
  checks.forEach((check, input) => {
    input.addEventListener("blur", () => { if (input.value) mend(input, check()); });
    input.addEventListener("input", () => { if (input.hasAttribute("aria-invalid") && !check()) mend(input, ""); });
  });
  const again = one("[data-co-digits]");
  if (again) {
    const check = () => (digits(again.value).length === Number(again.dataset.coDigits) ? "" : says["code" + again.dataset.coDigits]);
    checks.set(again, check);
    again.addEventListener("blur", () => { if (again.value) mend(again, check()); });
  }

  /* ---- pay: once */
  const pay = one("[data-co-pay]"), label = one("span", pay), said = label.textContent;
  form.addEventListener("submit", (event) => {
    const way = one("input[name=method]:checked", form);
    const wrong = way ? all("input", way.closest(".co-m")).filter((input) => checks.has(input) && checks.get(input)()) : [];
    wrong.forEach((input) => mend(input, checks.get(input)()));
    if (wrong.length) { event.preventDefault(); wrong[0].focus(); return; }
    if (pay.disabled) { event.preventDefault(); return; }
    pay.disabled = true; label.textContent = form.dataset.coBusy; form.setAttribute("aria-busy", "true");
  });
  addEventListener("pageshow", (event) => { if (event.persisted) { pay.disabled = false; label.textContent = said; location.reload(); } });
  const told = one("[data-co-focus]");
  if (told) told.focus(); else one("[aria-invalid]", form)?.focus();
})();
