/* Live buttons of Apple Pay and Google Pay; loaded only where one may be shown. A button appears
   when the browser can open its wallet. What the sheet gives goes to the same door as every try. */
(function () {
  "use strict";
  const facts = JSON.parse(document.getElementById("co-wallets").textContent);
  const form = document.querySelector("[data-co-sheet]");
  const device = { color_depth: screen.colorDepth, screen_width: screen.width, screen_height: screen.height, time_zone_offset_minutes: new Date().getTimezoneOffset() };

  function show(code, open) {
    document.querySelectorAll("[data-co-wallets]").forEach((node) => { node.hidden = false; });
    const button = document.querySelector(`[data-co-express="${code}"]`);
    button.hidden = false;
    button.addEventListener("click", open);
  }

  /* Resolves to whether the wallet may show a tick, and then() leads to the page of the outcome. */
  function pay(code, payload) {
    const given = { method: code, provider: facts[code].provider, once: facts[code].once, wallet: JSON.stringify(payload), ...device };
    Object.entries(given).forEach(([name, value]) => { form.elements[name].value = value; });
    return fetch(form.action, { method: "POST", body: new URLSearchParams(given) }).then((answer) => {
      if (!answer.redirected) return { good: false, go: () => form.submit() }; /* refused: the page says why */
      return answer.text().then((page) => ({ good: !page.includes("data-co-declined"), go: () => location.replace(answer.url) }));
    });
  }

  /* ---- Apple Pay: part of the browser */
  const apple = facts.apple_pay;
  function openApple() {
    const session = new window.ApplePaySession(3, apple.request);
    const end = (good) => session.completePayment({ status: good ? window.ApplePaySession.STATUS_SUCCESS : window.ApplePaySession.STATUS_FAILURE });
    session.onvalidatemerchant = (event) => {
      fetch(apple.session, { method: "POST", body: new URLSearchParams({ url: event.validationURL, provider: apple.provider }) })
        .then((answer) => { if (!answer.ok) throw new Error(String(answer.status)); return answer.json(); })
        .then((validated) => session.completeMerchantValidation(validated))
        .catch(() => session.abort());
    };
    session.onpaymentauthorized = (event) => {
      pay("apple_pay", event.payment.token)
        .then((outcome) => { end(outcome.good); outcome.go(); })
        .catch(() => { end(false); location.reload(); }); /* no answer: the page knows how it stands */
    };
    session.begin();
  }
  if (apple && window.ApplePaySession && window.ApplePaySession.canMakePayments()) show("apple_pay", openApple);

  /* ---- Google Pay: comes with Google's script */
  const google = facts.google_pay;
  function readyGoogle() {
    const client = new window.google.payments.api.PaymentsClient({ environment: "PRODUCTION" });
    const { apiVersion, apiVersionMinor, allowedPaymentMethods } = google.request;
    const ways = allowedPaymentMethods.map(({ type, parameters }) => ({ type, parameters }));
    const open = () => client.loadPaymentData(google.request).then((data) => pay("google_pay", data)
      .then((outcome) => outcome.go())
      .catch(() => location.reload()), () => {}); /* closed by the shopper */
    client.isReadyToPay({ apiVersion, apiVersionMinor, allowedPaymentMethods: ways })
      .then((answer) => { if (answer.result) show("google_pay", open); })
      .catch(() => {});
  }
  if (google) {
    const script = document.createElement("script");
    script.src = google.script;
    script.async = true;
    script.addEventListener("load", readyGoogle);
    document.head.append(script);
  }
})();
