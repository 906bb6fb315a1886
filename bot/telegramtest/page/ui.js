// Small tools for building DOM. Text only ever enters as text nodes.

// el makes an element: props are attributes, except on (listeners), text and class.
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") for (const [event, f] of Object.entries(value)) node.addEventListener(event, f);
    else if (name === "text") node.textContent = value;
    else if (name === "class") node.className = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

// icon makes a 24-unit line drawing from a path.
export function icon(path) {
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("icon");
  const p = document.createElementNS(ns, "path");
  p.setAttribute("d", path);
  svg.append(p);
  return svg;
}

export const icons = {
  send: "M4.500 12 3 4l18 8-18 8 1.500-8zM4.500 12H13",
  restart: "M4 12a8 8 0 1 0 2.600-5.900M4 4v4.500h4.500",
  commands: "M7 5h13M7 12h13M7 19h13M3 5h.01M3 12h.01M3 19h.01",
  close: "M6 6l12 12M18 6 6 18",
  out: "M8 16 17 7M9.500 7H17v7.500",
  copy: "M9 9h10v11H9zM5 15V4h10",
  file: "M7 3h7l5 5v13H7zM14 3v5h5",
  pin: "M12 21v-7M8 3h8l-1 6 3 4H6l3-4z",
  bolt: "M13 2 4 14h7l-1 8 9-12h-7z",
};

// post sends an action and returns the answer; what goes wrong is thrown in words for the person.
export async function post(path, body) {
  let response;
  try {
    response = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  } catch {
    throw new Error("The demo does not answer. Is it still running?");
  }
  if (!response.ok) throw new Error("The demo refused: " + (await response.text()).trim());
  const answer = await response.json();
  if (answer.error) throw new Error(answer.error);
  return answer;
}

const byId = (id) => document.getElementById(id);

let noticeTimer;
// notice shows a line over the whole page for some seconds.
export function notice(text, bad = false) {
  const node = byId("notice");
  node.textContent = text;
  node.classList.toggle("bad", bad);
  node.hidden = false;
  clearTimeout(noticeTimer);
  noticeTimer = setTimeout(() => { node.hidden = true; }, Math.max(3500, text.length * 70));
}

// ask opens a box with a text; with a question it has two buttons and resolves to the choice.
export function ask(text, yes = "OK", no = "") {
  const box = byId("box");
  byId("box-text").textContent = text;
  byId("box-yes").textContent = yes;
  byId("box-no").textContent = no;
  byId("box-no").hidden = !no;
  box.returnValue = "";
  box.showModal();
  return new Promise((done) => {
    box.addEventListener("close", () => done(box.returnValue === "yes"), { once: true });
  });
}

// view enlarges a picture; any click or Escape closes it.
export function view(src, alt) {
  const image = byId("viewer-image");
  image.src = src;
  image.alt = alt;
  byId("viewer").showModal();
}
byId("viewer").addEventListener("click", () => byId("viewer").close());
byId("box").addEventListener("click", (e) => { if (e.target === byId("box")) byId("box").close(); });
