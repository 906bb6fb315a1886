// Passkeys. A form with data-passkey asks for one (get) or makes one (create): it fetches what the browser needs from
// data-ask, puts the answer into its field "credential" and sends itself.
"use strict";

const bytesOf = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const textOf = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

async function ceremony(kind, options) {
  const o = options.publicKey;
  o.challenge = bytesOf(o.challenge);
  for (const c of [...(o.allowCredentials || []), ...(o.excludeCredentials || [])]) c.id = bytesOf(c.id);
  if (kind === "create") {
    o.user.id = bytesOf(o.user.id);
    const made = await navigator.credentials.create({ publicKey: o });
    const r = made.response;
    return { id: made.id, rawId: textOf(made.rawId), type: made.type, clientExtensionResults: made.getClientExtensionResults(),
      response: { clientDataJSON: textOf(r.clientDataJSON), attestationObject: textOf(r.attestationObject), transports: r.getTransports ? r.getTransports() : [] } };
  }
  const got = await navigator.credentials.get({ publicKey: o });
  const r = got.response;
  return { id: got.id, rawId: textOf(got.rawId), type: got.type, clientExtensionResults: got.getClientExtensionResults(),
    response: { clientDataJSON: textOf(r.clientDataJSON), authenticatorData: textOf(r.authenticatorData), signature: textOf(r.signature), userHandle: r.userHandle ? textOf(r.userHandle) : null } };
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  form.hidden = false;
  form.addEventListener("submit", async (e) => {
    if (form.elements.credential.value) return;
    e.preventDefault();
    e.stopImmediatePropagation();
    const said = form.querySelector("[data-said]");
    said.hidden = true;
    try {
      const answer = await fetch(form.dataset.ask, { method: "POST", credentials: "same-origin" });
      if (answer.redirected) { location.assign(answer.url); return; }
      if (!answer.ok) throw new Error(answer.status);
      form.elements.credential.value = JSON.stringify(await ceremony(form.dataset.passkey, await answer.json()));
      form.requestSubmit();
    } catch { said.hidden = false; }
  });
}

// What somebody prints.
for (const b of document.querySelectorAll("[data-print]")) {
  b.hidden = false;
  b.addEventListener("click", () => print());
}
