/* What a shop writes: open the checkout, hear what becomes of it. The test says where and how. */
(function () {
  "use strict";
  window.heard = [];
  const wish = new URLSearchParams(location.search);
  const open = () => Caravel.checkout({
    url: wish.get("checkout"),
    mode: wish.get("mode") || "overlay",
    container: "#here",
    onReady: () => heard.push("ready"),
    onComplete: (told) => heard.push("complete " + told.status + " " + told.payment.slice(0, 4)),
    onCancel: () => heard.push("cancel"),
    onError: (told) => heard.push("error " + told.code),
  });
  document.getElementById("pay").addEventListener("click", () => { window.opened = open(); });
})();
