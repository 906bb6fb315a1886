// Formatted text: Telegram's entities become elements around text nodes. Offsets are UTF-16, as in JavaScript.

import { el } from "./ui.js";
import { locale } from "./words.js";

const simple = {
  bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  blockquote: "blockquote", expandable_blockquote: "blockquote",
};

// formatted renders a text. deep(link) may take a link over by returning a function to run instead of opening it.
export function formatted(text, entities, seat) {
  return build(text, 0, text.length, entities || [], seat);
}

function build(text, from, to, entities, seat) {
  const out = document.createDocumentFragment();
  let at = from;
  for (let i = 0; i < entities.length;) {
    const e = entities[i++];
    const begin = Math.max(e.offset, at);
    const end = Math.min(e.offset + e.length, to);
    const inner = [];
    while (i < entities.length && entities[i].offset < end) inner.push(entities[i++]);
    if (begin >= end) continue;
    out.append(text.slice(at, begin));
    const node = wrap(e, text.slice(begin, end), seat);
    if (!node.dataset.done) node.append(build(text, begin, end, inner, seat));
    out.append(node);
    at = end;
  }
  out.append(text.slice(at, to));
  return out;
}

function wrap(e, inner, seat) {
  switch (e.type) {
    case "text_link": return link(e.url, seat);
    case "url": return link(inner, seat);
    case "mention": return el("a", { class: "mention" });
    case "bot_command":
      return el("button", { class: "command", type: "button", on: { click: () => seat.send(inner) } });
    case "spoiler": {
      const node = el("span", { class: "spoiler", tabindex: "0", on: { click: () => node.classList.add("open") } });
      return node;
    }
    case "date_time": return time(e, inner, seat);
    default: return el(simple[e.type] || "span");
  }
}

// link opens web addresses in a new tab; addresses of the bot itself are followed inside the page.
export function link(address, seat) {
  const start = deepLink(address, seat.bot.username);
  if (start !== null) {
    return el("a", { href: "#", on: { click: (ev) => { ev.preventDefault(); seat.send(start); } } });
  }
  const safe = safeURL(address);
  return safe ? el("a", { href: safe, target: "_blank", rel: "noopener noreferrer" }) : el("span");
}

// safeURL lets through what a browser may open from a chat, else "".
export function safeURL(address) {
  try {
    const u = new URL(/^[a-z][a-z0-9+.-]*:/i.test(address) ? address : "http://" + address);
    return ["http:", "https:", "mailto:", "tel:", "tg:"].includes(u.protocol) ? u.href : "";
  } catch {
    return "";
  }
}

// deepLink turns https://t.me/<bot>?start=x into the message it sends, null for any other address.
export function deepLink(address, bot) {
  const m = /^(?:https?:\/\/)?t(?:elegram)?\.me\/([A-Za-z0-9_]+)\/?(?:\?(?:start=([A-Za-z0-9_-]*))?.*)?$/i.exec(address.trim());
  if (!m || m[1].toLowerCase() !== bot.toLowerCase()) return null;
  return m[2] ? "/start " + m[2] : "/start";
}

function time(e, inner, seat) {
  const at = new Date(e.unix_time * 1000);
  const language = locale(seat.who.language_code);
  const node = el("time", { datetime: at.toISOString(), title: at.toLocaleString(language) });
  node.dataset.done = "1";
  const format = e.date_time_format || "";
  if (format === "r") {
    node.dataset.unix = e.unix_time;
    node.dataset.language = language;
    tick(node);
    return node;
  }
  const style = {};
  if (format.includes("w")) style.weekday = "long";
  if (format.includes("D")) Object.assign(style, { day: "numeric", month: "long", year: "numeric" });
  else if (format.includes("d")) Object.assign(style, { day: "numeric", month: "short" });
  if (format.includes("T")) Object.assign(style, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  else if (format.includes("t")) Object.assign(style, { hour: "2-digit", minute: "2-digit" });
  node.textContent = Object.keys(style).length ? new Intl.DateTimeFormat(language, style).format(at) : inner;
  return node;
}

// The shop's clock minus ours, in ms: a demo may move it.
let skew = 0;
export function setClock(now) {
  skew = now - Date.now();
  tickAll();
}

export const clock = () => Date.now() + skew;

// tick writes how long it is to, or since, a moment.
function tick(node) {
  const seconds = Math.round(Number(node.dataset.unix) - clock() / 1000);
  const size = Math.abs(seconds);
  const [value, unit] = size < 120 ? [seconds, "second"] : size < 7200 ? [Math.trunc(seconds / 60), "minute"]
    : size < 172800 ? [Math.trunc(seconds / 3600), "hour"] : [Math.trunc(seconds / 86400), "day"];
  const text = new Intl.RelativeTimeFormat(node.dataset.language, { numeric: "always" }).format(value, unit);
  if (node.textContent !== text) node.textContent = text;
  node.classList.toggle("soon", seconds > 0 && seconds < 120);
}

function tickAll() {
  for (const node of document.querySelectorAll("time[data-unix]")) tick(node);
}
setInterval(tickAll, 1000);
