// The page: its bar, its columns, and the stream that keeps them fresh.

import { el, icon, icons, notice, post } from "./ui.js";
import { Seat } from "./chat.js";
import { safeURL, setClock } from "./text.js";

const byId = (id) => document.getElementById(id);
const seats = [];
const tabs = [];
let lost = 0; // timer that tells about a broken stream

function bar(page) {
  document.title = page.title;
  byId("title").textContent = page.title;
  byId("note").textContent = page.note;
  byId("controls").replaceChildren(...page.controls.map((c) => {
    const node = el("button", { type: "button", title: c.hint, on: { click: () => run(node, c.id) } }, icon(icons.bolt), el("span", { text: c.label }));
    return node;
  }));
  byId("links").replaceChildren(...page.links.map((l) =>
    el("a", { href: safeURL(l.url), target: "_blank", rel: "noopener noreferrer", title: l.hint }, el("span", { text: l.label }), icon(icons.out))));
}

async function run(node, control) {
  node.disabled = true;
  node.classList.add("busy");
  try {
    const answer = await post("control", { control });
    if (answer.text) notice(answer.text);
  } catch (err) {
    notice(err.message, true);
  } finally {
    node.disabled = false;
    node.classList.remove("busy");
  }
}

function seat(i) {
  if (!seats[i]) {
    seats[i] = new Seat(i, () => { if (!tabs[i].classList.contains("here")) tabs[i].classList.add("news"); });
    byId("seats").append(seats[i].node);
    tabs[i] = el("button", { type: "button", role: "tab", on: { click: () => show(i) } });
    byId("tabs").append(tabs[i]);
  }
  return seats[i];
}

// show picks the column a small screen shows.
function show(i) {
  seats.forEach((s, n) => {
    s.node.classList.toggle("here", n === i);
    tabs[n].classList.toggle("here", n === i);
    tabs[n].setAttribute("aria-selected", String(n === i));
  });
  tabs[i].classList.remove("news");
  seats[i].bottom();
  sessionStorage.setItem("seat", String(i));
}

// follow acts on an address such as #seat=1&start=promo, so that other pages can link into a chat.
function follow() {
  const asked = new URLSearchParams(location.hash.slice(1));
  if (asked.has("seat") && seats[Number(asked.get("seat"))]) show(Number(asked.get("seat")));
  if (/^[A-Za-z0-9_-]{1,64}$/.test(asked.get("start") || "")) {
    const here = seats.findIndex((s) => s.node.classList.contains("here"));
    seats[here].send("/start " + asked.get("start"));
    history.replaceState(null, "", location.pathname);
  }
}
addEventListener("hashchange", follow);

function listen() {
  const stream = new EventSource("events");
  stream.onmessage = (event) => {
    const frame = JSON.parse(event.data);
    setClock(frame.now);
    if (frame.page) bar(frame.page);
    for (const change of frame.seats) {
      seat(change.seat).apply(change);
      tabs[change.seat].textContent = change.short;
    }
    if (frame.page) show(Math.min(Number(sessionStorage.getItem("seat")) || 0, seats.length - 1));
    document.body.classList.remove("lost");
    clearTimeout(lost);
    lost = 0;
    if (frame.page) follow();
  };
  stream.onerror = () => {
    document.body.classList.add("lost");
    lost ||= setTimeout(() => notice("The demo does not answer. Is it still running?", true), 3000);
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
  };
}

listen();
