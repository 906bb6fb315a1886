// The console's own script. Everything works without it; with it, pages follow what happens.
"use strict";

// The policy of the pages lets no script turn text into HTML, but for pages of our own server, by this one way.
const trusted = window.trustedTypes ? trustedTypes.createPolicy("console", { createHTML: (text) => text }) : { createHTML: (text) => text };
const parsed = (text) => new DOMParser().parseFromString(trusted.createHTML(text), "text/html");

// A page with data-live="ADDRESS" hears from that address when its subject changed, and then fetches itself: every
// element with data-part="NAME" is replaced by the one of the new page. What somebody is typing in stays.
const live = document.querySelector("[data-live]");
if (live && window.EventSource) {
  const source = new EventSource(live.dataset.live);
  let busy = false, again = false;
  const refresh = async () => {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch(location.href, { headers: { "X-Live": "1" }, credentials: "same-origin" });
      if (answer.redirected) { location.reload(); return; }
      if (answer.ok) swap(parsed(await answer.text()));
    } catch { /* the next event tries again */ } finally {
      busy = false;
      if (again) { again = false; refresh(); }
    }
  };
  source.addEventListener("changed", refresh);
  addEventListener("pagehide", () => source.close());
}

function swap(fresh) {
  for (const part of document.querySelectorAll("[data-part]")) {
    if (part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea")) continue;
    const next = fresh.querySelector(`[data-part="${CSS.escape(part.dataset.part)}"]`);
    if (!next || next.outerHTML === part.outerHTML) continue;
    const open = new Set([...part.querySelectorAll("details[id][open]")].map((d) => d.id));
    for (const d of next.querySelectorAll("details[id]")) if (open.has(d.id)) d.open = true;
    next.classList.add("fresh");
    part.replaceWith(document.adoptNode(next));
  }
}

// "/" goes to the search field.
addEventListener("keydown", (e) => {
  if (e.key !== "/" || e.ctrlKey || e.metaKey || e.altKey || e.target.closest("input, textarea, select, [contenteditable]")) return;
  const field = document.querySelector("[data-search]");
  if (field) { e.preventDefault(); field.focus(); field.select(); }
});

// Menus close at Escape and at a press elsewhere.
addEventListener("click", (e) => {
  for (const m of document.querySelectorAll("details.menu[open]")) if (!m.contains(e.target)) m.open = false;
});
addEventListener("keydown", (e) => {
  if (e.key === "Escape") for (const m of document.querySelectorAll("details.menu[open]")) { m.open = false; m.querySelector("summary").focus(); }
});

// A form is sent once.
addEventListener("submit", (e) => {
  if (e.target.method !== "post") return;
  if (e.target.dataset.sent) { e.preventDefault(); return; }
  e.target.dataset.sent = "1";
  addEventListener("pageshow", () => delete e.target.dataset.sent, { once: true });
});

// data-copy="TEXT" puts a text on the clipboard; data-submit sends its form when it changes.
addEventListener("click", (e) => {
  const b = e.target.closest("[data-copy]");
  if (b && navigator.clipboard) navigator.clipboard.writeText(b.dataset.copy).then(() => b.classList.add("done"));
});
addEventListener("change", (e) => {
  if (e.target.matches("[data-submit]")) e.target.form.requestSubmit();
});
