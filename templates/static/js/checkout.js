/*! Caravel checkout: opens a checkout on your page, over it or inside it. */
(function () {
  "use strict";
  var SOURCE = "caravel-checkout", PATIENCE = 15000, PHONE = "(max-width: 767px)";
  var own = document.currentScript ? new URL(document.currentScript.src) : null;

  /* Styles are set property by property: that needs no style-src in your policy. */
  function styled(node, rules) { Object.keys(rules).forEach(function (name) { node.style.setProperty(name, rules[name]); }); return node; }
  function made(name, rules, facts) {
    var node = styled(document.createElement(name), rules || {});
    Object.keys(facts || {}).forEach(function (fact) { node.setAttribute(fact, facts[fact]); });
    return node;
  }

  function addressOf(options) {
    var given = options.url || (options.session && options.session.url) || options.session;
    if (!given || typeof given !== "string") throw new TypeError("Caravel.checkout needs `url`, or `session` as the API gave it");
    var url = /^https?:/.test(given) ? new URL(given) : own && new URL("/checkout/" + encodeURIComponent(given), own.origin);
    if (!url) throw new TypeError("Caravel.checkout needs the address of the checkout");
    url.searchParams.set("embedded", location.origin);
    if (options.locale) url.searchParams.set("locale", options.locale);
    return url;
  }

  function checkout(options) {
    options = options || {};
    var url = addressOf(options), inline = options.mode === "inline", labels = options.labels || {};
    var box = inline ? (typeof options.container === "string" ? document.querySelector(options.container) : options.container) : null;
    if (inline && !box) throw new TypeError("Caravel.checkout needs `container` for the mode inline");
    var open = true, ready = false, paid = null, dialog, before, phone;
    var frame = made("iframe", { border: "0", width: "100%", display: "block", background: "transparent", "color-scheme": "normal" },
      { src: url.href, title: labels.frame || "Checkout", allow: "payment " + url.origin, referrerpolicy: "origin" });

    function call(name, told) { if (typeof options[name] === "function") options[name](told); }

    function hear(event) {
      if (event.source !== frame.contentWindow || event.origin !== url.origin) return;
      var told = event.data;
      if (!told || told.source !== SOURCE) return;
      if (told.type === "ready" && !ready) { ready = true; clearTimeout(slow); call("onReady"); }
      if (told.type === "resize" && inline && told.height > 0) frame.style.height = Math.ceil(told.height) + "px";
      if (told.type === "completed" && !paid) { paid = { payment: told.payment, status: told.status }; call("onComplete", paid); }
      if (told.type === "canceled" || told.type === "escape") { if (told.type === "canceled" || !inline) leave(); }
    }

    /* Whoever leaves after paying has not canceled. */
    function leave() { if (!open) return; if (!inline || paid) close(); if (!paid) call("onCancel"); }

    function close() {
      if (!open) return;
      open = false;
      clearTimeout(slow);
      removeEventListener("message", hear);
      if (phone) phone.removeEventListener("change", fit);
      if (dialog) {
        dialog.close(); dialog.remove();
        document.documentElement.style.overflow = before.overflow;
        if (before.focus && before.focus.focus) before.focus.focus();
      } else { frame.remove(); }
    }

    function fit() {
      var small = phone.matches;
      styled(dialog, small ? { width: "100vw", height: "100dvh", "max-width": "none", "max-height": "none", "border-radius": "0" }
        : { width: "min(30rem, 94vw)", height: "min(48rem, 92dvh)", "max-width": "none", "max-height": "none", "border-radius": "14px" });
    }

    /* A modal dialog of the browser's own: focus stays in it, Esc ends it, what lies below is inert. */
    function overlay() {
      before = { focus: document.activeElement, overflow: document.documentElement.style.overflow };
      dialog = made("dialog", { padding: "0", border: "0", margin: "auto", inset: "0", overflow: "hidden", background: "#fff", "box-shadow": "0 24px 64px rgb(10 30 40 / 35%)" }, { "aria-label": labels.frame || "Checkout" });
      var shut = made("button", { position: "absolute", top: "8px", "inset-inline-end": "8px", width: "44px", height: "44px", border: "0", "border-radius": "50%", background: "#fff", color: "#10222c", font: "400 22px/1 system-ui, sans-serif", cursor: "pointer", "box-shadow": "0 1px 4px rgb(10 30 40 / 25%)" }, { type: "button", "aria-label": labels.close || "Close" });
      shut.textContent = "\u00d7";
      shut.addEventListener("click", leave);
      dialog.addEventListener("cancel", function (event) { event.preventDefault(); leave(); });
      frame.style.height = "100%";
      dialog.append(frame, shut);
      phone = matchMedia(PHONE);
      phone.addEventListener("change", fit);
      fit();
      document.body.append(dialog);
      document.documentElement.style.overflow = "hidden";
      dialog.showModal();
      frame.focus();
    }

    addEventListener("message", hear);
    var slow = setTimeout(function () {
      if (!ready) call("onError", { code: "not_ready", message: "The checkout did not answer. Is " + location.origin + " among your sites in the settings?" });
    }, PATIENCE);
    if (inline) { frame.style.height = "640px"; box.append(frame); } else { overlay(); }
    return { close: close, frame: frame };
  }

  window.Caravel = Object.freeze(Object.assign({}, window.Caravel, { checkout: checkout }));
})();
