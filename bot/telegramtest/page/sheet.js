// An invoice opened to be paid. The page is the bank, too: it says what becomes of the payment.

import { el, icon, icons, post } from "./ui.js";
import { locale } from "./words.js";

// money writes an amount of smallest units as people of a language do; Stars have no units.
export function money(amount, currency, code) {
  if (currency === "XTR") return "⭐ " + new Intl.NumberFormat(locale(code)).format(amount);
  const format = new Intl.NumberFormat(locale(code), { style: "currency", currency });
  return format.format(amount / 10 ** format.resolvedOptions().maximumFractionDigits);
}

const ways = ["approve", "decline", "time_out"];

// openSheet shows the invoice of a message until it is paid or closed.
export function openSheet(m, seat) {
  const w = seat.words;
  const bill = m.invoice;
  const total = money(bill.total_amount, bill.currency, seat.who.language_code);
  const sheet = document.getElementById("sheet");
  const stars = bill.currency === "XTR";
  const result = el("p", { class: "result", role: "status", hidden: true });
  const pay = el("button", { class: "pay", type: "submit" }, el("span", { text: w.payFor(total) }));
  const close = el("button", { class: "round", type: "button", "aria-label": w.close, on: { click: () => sheet.close() } }, icon(icons.close));
  const choices = el("fieldset", {}, el("legend", { text: w.bank }), ...ways.map((way) => el("label", {},
    el("input", { type: "radio", name: "how", value: way, checked: way === "approve" }), el("span", { text: w.banks[way] }))));
  const form = el("form", {},
    el("header", {}, el("b", { text: w.checkout }), close),
    el("div", { class: "item" }, el("span", { class: "tile", "aria-hidden": "true", text: "🎟" }),
      el("span", {}, el("b", { text: bill.title }), el("small", { text: bill.description }))),
    el("dl", {},
      el("dt", { text: w.paidBy }), el("dd", { text: stars ? "⭐ " + w.balance(new Intl.NumberFormat(locale(seat.who.language_code)).format(seat.stars)) : "Visa •••• 4242" }),
      el("dt", { class: "sum", text: w.total }), el("dd", { class: "sum", text: total })),
    choices, result, pay);
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    submit({ form, pay, result, sheet, total }, m, seat);
  });
  sheet.replaceChildren(form);
  sheet.lang = locale(seat.who.language_code);
  if (!sheet.open) sheet.showModal();
  pay.focus();
}

async function submit(parts, m, seat) {
  const { form, pay, result, sheet, total } = parts;
  if (pay.classList.contains("busy")) return;
  pay.classList.add("busy");
  result.hidden = true;
  try {
    const end = await post("pay", { seat: seat.index, message: m.message_id, data: new FormData(form).get("how") });
    if (end.state === "paid") {
      sheet.close();
      seat.toast(seat.words.youPaid(total));
      return;
    }
    result.textContent = end.words || seat.words.ends[end.state] || end.state;
  } catch (err) {
    result.textContent = err.message;
  } finally {
    pay.classList.remove("busy");
  }
  result.hidden = false;
}
