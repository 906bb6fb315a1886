// One column: a person at a chat.

import { ask, el, icon, icons, post } from "./ui.js";
import { message } from "./message.js";
import { clock, deepLink, formatted } from "./text.js";
import { locale, words } from "./words.js";

export class Seat {
  constructor(index, onNews) {
    this.index = index;
    this.onNews = onNews;
    this.nodes = new Map(); // message id → element
    this.shown = new Map(); // message id → message
    this.build();
  }

  build() {
    this.label = el("div", { class: "label" });
    this.avatar = el("span", { class: "avatar" });
    this.name = el("b");
    this.status = el("small");
    this.clearButton = el("button", { class: "round", type: "button", on: { click: () => this.clear() } }, icon(icons.restart));
    this.pin = el("button", { class: "pin", type: "button", hidden: true });
    this.list = el("ol", { class: "list", role: "log", "aria-live": "polite" });
    this.empty = el("div", { class: "empty" });
    this.scroller = el("div", { class: "scroller" }, this.empty, this.list);
    this.toastNode = el("div", { class: "toast", role: "status", hidden: true });
    this.menu = el("div", { class: "menu", role: "listbox", hidden: true });
    this.input = el("textarea", { rows: "1", maxlength: "4096", enterkeyhint: "send", autocomplete: "off" });
    this.menuButton = el("button", { class: "round", type: "button", on: { click: () => this.toggleMenu() } }, icon(icons.commands));
    this.sendButton = el("button", { class: "round send", type: "submit" }, icon(icons.send));
    this.form = el("form", { class: "composer" }, this.menuButton, this.input, this.sendButton);
    this.startButton = el("button", { class: "start", type: "button", hidden: true, on: { click: () => this.send("/start") } });
    this.replies = el("div", { class: "replies", hidden: true });
    this.form.addEventListener("submit", (e) => { e.preventDefault(); this.submit(); });
    this.input.addEventListener("keydown", (e) => this.key(e));
    this.input.addEventListener("input", () => this.typed());
    this.panel = el("div", { class: "panel" },
      el("header", {}, this.avatar, el("div", { class: "who" }, this.name, this.status), this.clearButton),
      this.pin, this.scroller, this.toastNode, this.menu, this.startButton, this.form, this.replies);
    this.node = el("section", { class: "seat", role: "tabpanel" }, this.label, this.panel);
  }

  apply(change) {
    const first = !this.who;
    Object.assign(this, { who: change.who, bot: change.bot, chat: change.chat, commands: change.commands || [], stars: change.stars });
    this.group = change.chat.type !== "private";
    this.words = words(change.who.language_code);
    const near = this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < 120;
    if (change.reset) {
      this.nodes.clear();
      this.shown.clear();
      this.list.replaceChildren();
    }
    let fresh = 0;
    for (const m of change.messages) if (this.put(m)) fresh++;
    for (const id of change.gone) {
      this.nodes.get(id)?.remove();
      this.nodes.delete(id);
      this.shown.delete(id);
    }
    this.head(change);
    this.foot(change);
    if (change.messages.length || change.gone.length || change.reset) this.arrange();
    if (near || first || change.reset) this.bottom();
    if (fresh && !first && !change.reset) this.onNews(this);
  }

  // put shows a message, new or edited, and tells whether it is new.
  put(m) {
    const old = this.nodes.get(m.message_id);
    const node = message(m, this);
    this.nodes.set(m.message_id, node);
    this.shown.set(m.message_id, m);
    if (!old) {
      this.list.append(node);
      return true;
    }
    const keys = [...old.querySelectorAll(".key")];
    const focus = keys.indexOf(document.activeElement);
    old.replaceWith(node);
    if (focus >= 0) [...node.querySelectorAll(".key")][Math.min(focus, keys.length - 1)]?.focus({ preventScroll: true });
    return false;
  }

  // arrange marks runs of one sender and puts the days between.
  arrange() {
    for (const day of this.list.querySelectorAll(".day")) day.remove();
    let before = null;
    let lastDay = "";
    for (const [id, m] of [...this.shown].sort((a, b) => a[0] - b[0])) {
      const node = this.nodes.get(id);
      const day = new Date(m.date * 1000).toDateString();
      if (day !== lastDay) {
        node.before(el("li", { class: "service day" }, el("span", { text: this.dayName(m.date) })));
        before = null;
      }
      lastDay = day;
      const joined = before && before.m.from.id === m.from.id && m.date - before.m.date < 600;
      node.classList.toggle("joined", Boolean(joined));
      node.classList.add("last");
      if (joined) before.node.classList.remove("last");
      before = { m, node };
    }
    this.empty.hidden = this.shown.size > 0;
  }

  dayName(unix) {
    const at = new Date(unix * 1000);
    const now = new Date(clock());
    if (at.toDateString() === now.toDateString()) return this.words.today;
    if (at.toDateString() === new Date(now - 86400000).toDateString()) return this.words.yesterday;
    return new Intl.DateTimeFormat(locale(this.who.language_code), { day: "numeric", month: "long" }).format(at);
  }

  head(change) {
    const w = this.words;
    this.node.lang = locale(change.who.language_code);
    this.label.replaceChildren(el("b", { text: change.label }), el("span", { text: change.who.first_name }));
    this.name.textContent = this.group ? change.chat.title : change.bot.first_name;
    this.avatar.textContent = [...this.name.textContent][0] || "";
    this.avatar.classList.toggle("room", this.group);
    this.status.textContent = change.typing ? w.typing : this.group ? w.members(change.members) : w.bot;
    this.status.classList.toggle("typing", change.typing);
    clearTimeout(this.typingTimer);
    if (change.typing) {
      this.typingTimer = setTimeout(() => {
        this.status.textContent = this.group ? w.members(change.members) : w.bot;
        this.status.classList.remove("typing");
      }, 5000);
    }
    this.clearButton.title = this.clearButton.ariaLabel = w.restart;
    const pinned = change.pinned && this.shown.get(change.pinned);
    this.pin.hidden = !pinned;
    if (pinned) {
      this.pin.replaceChildren(icon(icons.pin), el("span", {}, el("b", { text: w.pinned }), el("small", { text: pinned.text || pinned.caption || "" })));
      this.pin.onclick = () => this.nodes.get(change.pinned)?.scrollIntoView({ behavior: "smooth", block: "center" });
    }
  }

  foot(change) {
    const w = this.words;
    this.empty.replaceChildren(this.group
      ? el("p", { class: "quiet", text: change.empty || w.quiet })
      : el("div", { class: "about" }, el("img", { src: "logo.svg", alt: "", width: 64, height: 64 }),
        el("b", { text: w.about }), el("p", {}, formatted(change.description || change.bot.first_name, [], this))));
    this.input.placeholder = change.keyboard?.input_field_placeholder || w.message;
    this.input.ariaLabel = w.message;
    this.menuButton.title = this.menuButton.ariaLabel = w.commands;
    this.menuButton.hidden = this.commands.length === 0;
    this.sendButton.ariaLabel = w.send;
    const empty = !this.group && this.shown.size === 0;
    this.startButton.hidden = !empty;
    this.startButton.textContent = w.start;
    this.form.hidden = empty;
    this.replies.hidden = !change.keyboard || empty;
    if (change.keyboard) {
      this.replies.replaceChildren(...change.keyboard.keyboard.map((row) => el("div", { class: "row" }, ...row.map((b) =>
        el("button", { class: "key", type: "button", text: b.text, on: { click: () => this.send(b.text) } })))));
    }
  }

  bottom() {
    requestAnimationFrame(() => { this.scroller.scrollTop = this.scroller.scrollHeight; });
  }

  async send(text) {
    this.closeMenu();
    try {
      await post("send", { seat: this.index, text });
      this.bottom();
    } catch (err) {
      this.toast(err.message);
    }
  }

  press(id, data) {
    return post("press", { seat: this.index, message: id, data });
  }

  async clear() {
    if (await ask(this.words.clear, this.words.yes, this.words.no)) await post("clear", { seat: this.index });
  }

  compose(text) {
    this.input.value = text;
    this.input.focus();
    this.typed();
  }

  submit() {
    const text = this.input.value.trim();
    if (!text) return;
    this.input.value = "";
    this.typed();
    this.send(deepLink(text, this.bot.username) ?? text);
  }

  typed() {
    this.input.style.height = "auto";
    this.input.style.height = Math.min(this.input.scrollHeight, 140) + "px";
    this.form.classList.toggle("filled", this.input.value.trim() !== "");
    const asked = /^\/(\w*)$/.exec(this.input.value);
    if (asked) this.openMenu(asked[1].toLowerCase());
    else this.closeMenu();
  }

  key(e) {
    const items = [...this.menu.children];
    const at = items.findIndex((i) => i.classList.contains("here"));
    if (!this.menu.hidden && (e.key === "ArrowDown" || e.key === "ArrowUp")) {
      e.preventDefault();
      items[at]?.classList.remove("here");
      const next = items[(at + (e.key === "ArrowDown" ? 1 : items.length - 1) + (at < 0 && e.key === "ArrowUp" ? 1 : 0)) % items.length];
      next?.classList.add("here");
      next?.scrollIntoView({ block: "nearest" });
    } else if (e.key === "Escape") {
      this.closeMenu();
    } else if (e.key === "Enter" && !e.shiftKey && !e.isComposing) {
      e.preventDefault();
      if (!this.menu.hidden && at >= 0) {
        this.input.value = "";
        this.typed();
        items[at].click();
      } else {
        this.submit();
      }
    }
  }

  toggleMenu() {
    if (this.menu.hidden) this.openMenu("");
    else this.closeMenu();
  }

  openMenu(prefix) {
    const found = this.commands.filter((c) => c.command.startsWith(prefix));
    this.menu.replaceChildren(...found.map((c) => el("button", { type: "button", role: "option", on: { click: () => { this.compose(""); this.send("/" + c.command); } } },
      el("b", { text: "/" + c.command }), el("span", { text: c.description }))));
    this.menu.hidden = found.length === 0;
  }

  closeMenu() { this.menu.hidden = true; }

  toast(text) {
    this.toastNode.textContent = text;
    this.toastNode.hidden = false;
    clearTimeout(this.toastTimer);
    this.toastTimer = setTimeout(() => { this.toastNode.hidden = true; }, Math.max(3000, text.length * 70));
  }
}
