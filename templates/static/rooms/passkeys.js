/* Passkeys: the browser's ceremony between the challenge on the page and the form that carries the
   answer. A form says data-passkey="create" or "get"; its options are in the script named by
   data-options, or are asked of its own address. */
(() => {
  "use strict";
  const bytes = (text) => Uint8Array.from(
    atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const named = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

  async function optionsOf(form) {
    const script = document.getElementById(form.dataset.options || "");
    if (script) return JSON.parse(script.textContent);
    const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error("no challenge");
    return (await answer.json()).request_options;
  }

  async function create(given) {
    const options = { ...given.publicKey, challenge: bytes(given.publicKey.challenge) };
    options.user = { ...options.user, id: bytes(options.user.id) };
    options.excludeCredentials = named(options.excludeCredentials);
    // It may sign in alone: the device keeps it, and asks for finger, face or PIN.
    options.authenticatorSelection = {
      ...options.authenticatorSelection,
      residentKey: "required", requireResidentKey: true, userVerification: "required",
    };
    const made = await navigator.credentials.create({ publicKey: options });
    const said = made.response;
    return {
      response: {
        clientDataJSON: text(said.clientDataJSON),
        attestationObject: text(said.attestationObject),
        transports: said.getTransports ? said.getTransports() : [],
      },
      ...about(made),
    };
  }

  async function get(given) {
    const options = { ...given.publicKey, challenge: bytes(given.publicKey.challenge) };
    options.allowCredentials = named(options.allowCredentials);
    const made = await navigator.credentials.get({ publicKey: options });
    const said = made.response;
    return {
      response: {
        clientDataJSON: text(said.clientDataJSON),
        authenticatorData: text(said.authenticatorData),
        signature: text(said.signature),
        userHandle: said.userHandle ? text(said.userHandle) : null,
      },
      ...about(made),
    };
  }

  const about = (made) => ({
    type: made.type,
    id: made.id,
    rawId: text(made.rawId),
    authenticatorAttachment: made.authenticatorAttachment,
    clientExtensionResults: made.getClientExtensionResults(),
  });

  document.querySelectorAll("form[data-passkey]").forEach((form) => {
    if (!window.PublicKeyCredential || !navigator.credentials) return;
    form.hidden = false;
    const trouble = form.querySelector("[data-passkey-trouble]");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (trouble) trouble.hidden = true;
      try {
        const ceremony = form.dataset.passkey === "create" ? create : get;
        const credential = await ceremony(await optionsOf(form));
        form.querySelector("[name=credential]").value = JSON.stringify(credential);
        form.submit();
      } catch (error) {
        if (trouble) trouble.hidden = false;
      }
    });
  });
})();
