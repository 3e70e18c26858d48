/* One matter in the worker's hands: photos shrunk before they go, the call, the way. */

const byId = (id) => document.getElementById(id);

/* ---- photos of the record ---- */

const record = byId("record");
const photos = [];

async function bringPhotos() {
  const { Strip } = await import("./photos.js");
  const input = byId("photos");
  const say = (words) => { byId("sending").textContent = words; };
  const strip = new Strip(byId("thumbs"), byId("t-thumb"), photos, 9, () => {}, say);
  input.addEventListener("change", () => {
    const files = [...input.files];
    input.value = "";
    strip.add(files);
  });
  record.addEventListener("submit", async (event) => {
    if (!photos.length && !strip.busy) return;
    event.preventDefault();
    if (strip.busy || record.dataset.busy) return;
    record.dataset.busy = "1";
    try {
      await sendPhotos(say);
      record.submit();
    } catch (fault) {
      say(fault.message || "现在没有网络，照片没有传上去；请稍后再点一次，填写的内容还在。");
      delete record.dataset.busy;
    }
  });
}

async function sendPhotos(say) {
  const key = record.elements.key.value;
  while (photos.length) {
    say(`正在传照片，还有 ${photos.length} 张`);
    const name = await sha256(photos[0].bytes);
    const answer = await fetch(`/api/uploads/${name}`, {
      method: "PUT", body: photos[0].bytes,
      headers: { "Content-Type": photos[0].type, "Idempotency-Key": key },
    }).catch(() => { throw new Error(""); });
    if (!answer.ok) throw new Error((await answer.json()).message);
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: "kept", value: name });
    record.append(field);
    photos.shift();
  }
  say("");
}

async function sha256(bytes) {
  if (self.crypto && crypto.subtle) {
    const digest = await crypto.subtle.digest("SHA-256", bytes);
    return Array.from(new Uint8Array(digest), (b) => b.toString(16).padStart(2, "0")).join("");
  }
  return (await import("./sha256.js")).sha256(new Uint8Array(bytes));
}

/* ---- the call ---- */

const SHOWN_MS = 60000;

async function callResident(event) {
  event.preventDefault();
  const form = event.target;
  const place = byId("revealed");
  try {
    const answer = await fetch(form.action, {
      method: "POST", body: new URLSearchParams(new FormData(form)),
      headers: { Accept: "application/json" },
    });
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.message);
    const link = Object.assign(document.createElement("a"), {
      href: `tel:${said.phone}`, textContent: said.phone, className: "call" });
    place.replaceChildren(link);
    setTimeout(() => { place.textContent = ""; }, SHOWN_MS);
    link.click();
  } catch (fault) {
    place.textContent = fault instanceof TypeError ? "现在没有网络，请稍后再试。" : fault.message;
  }
}

/* ---- the way: the worker's own place never leaves the phone ---- */

async function showWay(event) {
  const button = event.currentTarget;
  const words = button.querySelector("span");
  words.textContent = "正在定位…";
  try {
    const { locate, between } = await import("./place.js");
    const to = { lon: Number(button.dataset.lon), lat: Number(button.dataset.lat) };
    words.textContent = between(await locate(), to).words;
  } catch (fault) {
    words.textContent = fault.message;
  }
}

if (record) bringPhotos();
if (byId("call")) byId("call").addEventListener("submit", callResident);
if (byId("far") && navigator.geolocation) {
  byId("far").hidden = false;
  byId("far").addEventListener("click", showWay);
}
