// One message: bubble, media, keyboard.

import { ask, el, icon, icons, view } from "./ui.js";
import { deepLink, formatted, link, safeURL } from "./text.js";
import { money, openSheet } from "./sheet.js";
import { locale } from "./words.js";

// message renders m as the person of the seat sees it.
export function message(m, seat) {
  const own = m.from.id === seat.who.id;
  const service = serviceText(m, seat);
  if (service) return el("li", { class: "service" }, el("span", { text: service }));
  const node = el("li", { class: "msg " + (own ? "own" : "other") });
  const bubble = el("div", { class: "bubble" });
  if (seat.group && !own) bubble.append(el("div", { class: "author " + (m.from.is_bot ? "isbot" : ""), text: m.from.first_name }));
  if (m.reply_to_message) bubble.append(quote(m.reply_to_message));
  bubble.append(...media(m, seat));
  const text = m.text || m.caption;
  if (text) bubble.append(el("div", { class: "text" }, formatted(text, m.entities || m.caption_entities, seat)));
  bubble.append(stamp(m, seat));
  if (m.photo && !text) node.classList.add("bare");
  node.append(bubble);
  if (m.reply_markup) {
    node.classList.add("has-keys");
    node.append(keyboard(m, seat));
  }
  return node;
}

function serviceText(m, seat) {
  if (m.new_chat_members) return seat.words.joined(m.new_chat_members.map((u) => u.first_name).join(", "));
  const code = seat.who.language_code;
  if (m.successful_payment) return "✓ " + seat.words.youPaid(money(m.successful_payment.total_amount, m.successful_payment.currency, code));
  if (m.refunded_payment) return "↩ " + seat.words.gotBack(money(m.refunded_payment.total_amount, m.refunded_payment.currency, code));
  if (m.migrate_to_chat_id || m.migrate_from_chat_id) return "⇄";
  return "";
}

function stamp(m, seat) {
  const at = new Date(m.date * 1000);
  const clock = new Intl.DateTimeFormat(locale(seat.who.language_code), { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(at);
  return el("span", { class: "stamp", title: at.toLocaleString() }, m.edit_date ? seat.words.edited + " " + clock : clock);
}

function quote(m) {
  return el("div", { class: "quote" }, el("b", { text: m.from.first_name }), el("span", { text: (m.text || m.caption || "…").slice(0, 90) }));
}

function media(m, seat) {
  const out = [];
  if (m.photo) {
    const p = m.photo[m.photo.length - 1];
    const src = "file/" + encodeURIComponent(p.file_id);
    const alt = m.caption || "";
    const image = el("img", { src, alt, width: p.width, height: p.height, loading: "lazy" });
    out.push(el("button", { class: "photo", type: "button", "aria-label": seat.words.expand, on: { click: () => view(src, alt) } }, image));
  }
  if (m.document) {
    out.push(el("a", { class: "document", href: "file/" + encodeURIComponent(m.document.file_id), download: m.document.file_name },
      el("span", { class: "tile" }, icon(icons.file)),
      el("span", {}, el("b", { text: m.document.file_name }), el("small", { text: size(m.document.file_size) }))));
  }
  if (m.location) {
    const { latitude, longitude } = m.location;
    const href = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`;
    out.push(el("a", { class: "venue", href, target: "_blank", rel: "noopener noreferrer" },
      el("img", { src: "map.svg", alt: "", width: 320, height: 130 }),
      m.venue && el("b", { text: m.venue.title }), m.venue && el("small", { text: m.venue.address })));
  }
  if (m.invoice) {
    out.push(el("div", { class: "invoice" },
      el("b", { text: m.invoice.title }),
      el("p", { text: m.invoice.description }),
      el("span", { class: "price" }, el("span", { text: m.paid ? seat.words.paid : seat.words.invoice }),
        el("b", { text: money(m.invoice.total_amount, m.invoice.currency, seat.who.language_code) }))));
  }
  if (m.contact) out.push(el("div", { class: "text", text: `${m.contact.first_name} ${m.contact.phone_number}` }));
  return out;
}

function size(bytes) {
  return bytes < 1024 ? `${bytes} B` : bytes < 1 << 20 ? `${(bytes / 1024).toFixed(1)} kB` : `${(bytes / (1 << 20)).toFixed(1)} MB`;
}

function keyboard(m, seat) {
  const rows = m.reply_markup.inline_keyboard;
  const dense = rows.some((r) => r.length > 4);
  return el("div", { class: "keys" + (dense ? " dense" : "") }, ...rows.map((row) => {
    const node = el("div", { class: "row" }, ...row.map((b) => button(b, m, seat)));
    node.style.gridTemplateColumns = `repeat(${row.length}, minmax(0, 1fr))`;
    return node;
  }));
}

function button(b, m, seat) {
  const style = ["primary", "success", "danger"].includes(b.style) ? " " + b.style : "";
  const props = { class: "key" + style, title: b.text };
  const label = el("span", { text: b.text });
  const external = b.url || b.web_app?.url || b.login_url?.url;
  if (external) {
    const start = deepLink(external, seat.bot.username);
    if (start !== null) return el("button", { ...props, type: "button", on: { click: () => seat.send(start) } }, label);
    const a = link(external, seat);
    a.className = props.class;
    a.append(label, icon(icons.out));
    return a;
  }
  if (b.copy_text) {
    const copy = () => navigator.clipboard.writeText(b.copy_text.text)
      .then(() => seat.toast(seat.words.copied), () => ask(b.copy_text.text));
    return el("button", { ...props, type: "button", on: { click: copy } }, label, icon(icons.copy));
  }
  if (b.callback_data) {
    const node = el("button", { ...props, type: "button", on: { click: () => press(node, b, m, seat) } }, label);
    return node;
  }
  if (b.pay) {
    return el("button", { ...props, class: "key success", type: "button", on: { click: () => openSheet(m, seat) } }, label);
  }
  const inline = b.switch_inline_query_current_chat ?? b.switch_inline_query;
  if (inline !== undefined) {
    return el("button", { ...props, type: "button", on: { click: () => seat.compose(`@${seat.bot.username} ${inline}`) } }, label);
  }
  return el("button", { ...props, type: "button", disabled: true }, label);
}

async function press(node, b, m, seat) {
  if (node.classList.contains("busy")) return;
  node.classList.add("busy");
  try {
    const answer = await seat.press(m.message_id, b.callback_data);
    if (answer.url) {
      const start = deepLink(answer.url, seat.bot.username);
      if (start !== null) seat.send(start);
      else if (safeURL(answer.url)) window.open(safeURL(answer.url), "_blank", "noopener");
    }
    if (answer.text) {
      if (answer.alert) ask(answer.text);
      else seat.toast(answer.text);
    }
  } catch (err) {
    seat.toast(err.message);
  } finally {
    node.classList.remove("busy");
  }
}
