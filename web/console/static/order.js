// One order: printing needs the browser's help.
"use strict";

function offerPrint(root) {
  for (const b of root.querySelectorAll("[data-print]")) b.hidden = false;
}
offerPrint(document);
addEventListener("click", (e) => { if (e.target.closest("[data-print]")) print(); });
// Naming a ticket or an amount to give back chooses that way of giving back.
addEventListener("input", (e) => {
  const way = { ticket: "tickets", amount: "amount" }[e.target.name];
  const choice = way && e.target.form && e.target.form.querySelector(`input[name="what"][value="${way}"]`);
  if (choice) choice.checked = true;
});

// A part that was fetched anew has the button hidden again.
new MutationObserver(() => offerPrint(document)).observe(document.querySelector("main"), { childList: true, subtree: true });
