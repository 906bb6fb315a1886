// Counts the time left down by the server's clock, and shows that it is over.
(function () {
  "use strict";
  var el = document.querySelector("time[data-until]");
  if (!el) return;
  var left = Number(el.dataset.until) - Number(el.dataset.now);
  var start = performance.now();
  function show() {
    var s = Math.max(0, Math.ceil((left - (performance.now() - start)) / 1000));
    el.textContent = Math.floor(s / 60) + ":" + String(s % 60).padStart(2, "0");
    if (s > 0) return;
    clearInterval(timer);
    document.querySelector(".over").hidden = false;
  }
  var timer = setInterval(show, 250);
  show();
})();
