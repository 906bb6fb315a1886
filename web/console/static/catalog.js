// The calendar's own script: a weekday's head ticks its days, Shift ticks everything between, and what is ticked is counted.
"use strict";

const calendar = document.querySelector("[data-calendar]");
if (calendar) {
  const boxes = [...calendar.querySelectorAll("input[name=d]")];
  const picked = calendar.querySelector("[data-picked]");
  const count = () => {
    const n = boxes.filter((b) => b.checked).length;
    if (picked) picked.textContent = n ? `(${n})` : "";
    const days = calendar.querySelector("input[name=scope][value=days]");
    if (n && days) days.checked = true;
  };
  let last = null;
  for (const b of boxes) {
    b.addEventListener("click", (e) => {
      if (e.shiftKey && last) {
        const [from, to] = [boxes.indexOf(last), boxes.indexOf(b)].sort((x, y) => x - y);
        for (const x of boxes.slice(from, to + 1)) x.checked = b.checked;
      }
      last = b;
      count();
    });
  }
  for (const head of calendar.querySelectorAll("th[data-weekday]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    button.setAttribute("aria-label", head.dataset.say);
    button.title = head.dataset.say;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const of = boxes.filter((b) => new Date(b.value + "T00:00Z").getUTCDay() === Number(head.dataset.weekday));
      const all = of.every((b) => b.checked);
      for (const b of of) b.checked = !all;
      count();
    });
  }
  count();
}
