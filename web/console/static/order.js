// One order: printing needs the browser's help.
"use strict";

function offerPrint(root) {
  for (const b of root.querySelectorAll("[data-print]")) b.hidden = false;
}
offerPrint(document);
addEventListener("click", (e) => { if (e.target.closest("[data-print]")) print(); });
// A part that was fetched anew has the button hidden again.
new MutationObserver(() => offerPrint(document)).observe(document.querySelector("main"), { childList: true, subtree: true });
