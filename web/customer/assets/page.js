// What the customer pages do beyond showing: count down, follow an order until it changes, and print. Each works
// without this script too: the time left is in the page, the page reloads by itself, and browsers can print.
"use strict";

(() => {
  const left = document.getElementById("left");
  if (left) {
    const end = performance.now() + Number(left.dataset.ms);
    const tick = () => {
      const s = Math.max(0, Math.ceil((end - performance.now()) / 1000));
      left.textContent = Math.floor(s / 60) + ":" + String(s % 60).padStart(2, "0");
      left.classList.toggle("soon", s <= 60);
      if (s > 0) setTimeout(tick, 250);
    };
    tick();
  }

  const live = document.getElementById("live");
  if (live) {
    let wait = 2000;
    const ask = async () => {
      try {
        const answer = await fetch(live.dataset.follow, { cache: "no-store" });
        if (answer.ok) {
          const now = await answer.json();
          if (now.version !== live.dataset.version) {
            location.reload();
            return;
          }
        }
      } catch {
        // No network: ask again later.
      }
      wait = Math.min(wait * 1.2, 15000);
      setTimeout(ask, document.hidden ? 15000 : wait);
    };
    setTimeout(ask, wait);
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) wait = 2000;
    });
  }

  const print = document.getElementById("print");
  if (print) {
    print.hidden = false;
    print.addEventListener("click", () => window.print());
  }
})();
