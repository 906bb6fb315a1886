// The gate's script: the camera, and verdicts without a new page. Where the browser cannot read codes itself, pictures
// of the camera go to the server.
"use strict";

const verdictBox = document.querySelector("[data-verdict]");
const start = document.querySelector("[data-camera-start]"), stop = document.querySelector("[data-camera-stop]");
const box = document.querySelector("[data-camera]"), video = box.querySelector("video"), state = document.querySelector("[data-camera-state]");
let sending = false, last = "", lastAt = 0, stream = null, timer = 0;

// send posts a form's fields and shows the verdict that comes back.
async function send(path, body, quiet) {
  if (sending) return;
  sending = true;
  try {
    const answer = await fetch(path, { method: "POST", body, credentials: "same-origin" });
    const page = parsed(await answer.text()); // parsed is console.js's
    const fresh = page.querySelector(".verdict");
    if (!fresh) { location.href = "/console/gate"; return; }
    if (quiet && fresh.dataset.kind === "no_code") return;
    verdictBox.replaceChildren(document.adoptNode(fresh));
    const recent = page.querySelector("[data-recent]"), old = document.querySelector("[data-recent]");
    if (recent) old ? old.replaceWith(document.adoptNode(recent)) : verdictBox.after(document.adoptNode(recent));
    tell(fresh.dataset.tone);
    fresh.focus({ preventScroll: true });
    fresh.scrollIntoView({ block: "nearest" });
  } catch {
    state.textContent = state.dataset.offline || "";
  } finally { sending = false; }
}

// tell says the verdict to a hand and an ear.
function tell(tone) {
  if (navigator.vibrate) navigator.vibrate(tone === "good" ? 80 : [120, 80, 120]);
}

document.addEventListener("submit", (e) => {
  const form = e.target.closest("[data-scan-form]");
  if (!form) return;
  e.preventDefault();
  const body = new URLSearchParams(new FormData(form, e.submitter));
  const scan = form.querySelector("#scan");
  send(form.action, body).then(() => { if (scan) { scan.value = ""; delete form.dataset.sent; } });
});

// A picture is made smaller before it is sent: what a phone takes is far more than a code needs.
const picture = document.querySelector("[data-picture]");
document.querySelector("[data-picture-send]").hidden = true;
picture.addEventListener("change", async () => {
  if (!picture.files[0]) return;
  let blob = picture.files[0];
  try { blob = await shrink(await createImageBitmap(blob), 1400); } catch { /* as it is, then */ }
  const body = new FormData();
  body.append("picture", blob, "picture.jpg");
  await send("/console/gate/scan", body);
  picture.value = "";
});

function shrink(source, edge) {
  const w = source.videoWidth || source.width, h = source.videoHeight || source.height, k = Math.min(1, edge / Math.max(w, h));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(w * k);
  canvas.height = Math.round(h * k);
  canvas.getContext("2d").drawImage(source, 0, 0, canvas.width, canvas.height);
  return new Promise((done, fail) => canvas.toBlob((b) => (b ? done(b) : fail(new Error("no picture"))), "image/jpeg", 0.8));
}

// The camera.
if (navigator.mediaDevices?.getUserMedia) start.hidden = false;
start.addEventListener("click", async () => {
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
  } catch {
    box.hidden = false;
    state.textContent = start.dataset.refused;
    return;
  }
  video.srcObject = stream;
  await video.play();
  box.hidden = stop.hidden = false;
  start.hidden = true;
  const detector = await codes();
  const look = async () => {
    if (!stream) return;
    if (!sending && !document.hidden) await (detector ? read(detector) : shot());
    timer = setTimeout(look, detector ? 150 : 700);
  };
  look();
});
stop.addEventListener("click", () => {
  clearTimeout(timer);
  for (const t of stream?.getTracks() ?? []) t.stop();
  stream = null;
  box.hidden = stop.hidden = true;
  start.hidden = false;
});

async function codes() {
  if (!("BarcodeDetector" in window)) return null;
  try {
    const formats = await BarcodeDetector.getSupportedFormats();
    return formats.includes("qr_code") ? new BarcodeDetector({ formats: ["qr_code"] }) : null;
  } catch { return null; }
}

async function read(detector) {
  let found = [];
  try { found = await detector.detect(video); } catch { return; }
  const text = found[0]?.rawValue;
  if (!text || (text === last && Date.now() - lastAt < 4000)) return; // still the same ticket before the lens
  last = text;
  lastAt = Date.now();
  await send("/console/gate/scan", new URLSearchParams({ scan: text }));
}

async function shot() {
  if (verdictBox.querySelector(".admit") && Date.now() - lastAt < 4000) return;
  try {
    const body = new FormData();
    body.append("picture", await shrink(video, 900), "camera.jpg");
    lastAt = Date.now();
    await send("/console/gate/scan", body, true);
  } catch { /* the next picture */ }
}
