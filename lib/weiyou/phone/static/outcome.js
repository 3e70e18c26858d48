/* What became of what was handed in: sending, told in clear words, and what this phone has sent. */

import { fresh, isEmpty, takeBack } from "./draft.js";
import { keep, page, point, use } from "./form.js";
import { all, find, flush, forget } from "./outbox.js";

const RETRY_MS = 15000;
const { byId, form } = page;
const card = byId("outcome");
const channel = self.BroadcastChannel ? new BroadcastChannel("weiyou") : null;
let shown = ""; // the key of the item that the card tells about

/** Show an item of the outbox instead of the form; send it if it was handed in just now. */
export async function show(key, isNew = false) {
  use(fresh(page.token));
  shown = key;
  const item = await find(key);
  tellOf(item, isNew && item.state === "held" ? "sending" : item.state);
  card.focus({ preventScroll: true });
  scrollTo({ top: 0 });
  if (!isNew) return;
  askForSync();
  send(true);
}

async function askForSync() {
  try {
    if (navigator.storage && navigator.storage.persist) navigator.storage.persist();
    await (await navigator.serviceWorker.ready).sync.register("outbox");
  } catch (fault) { /* not every browser has it: the timer below does the same */ }
}

async function send(isForced = false) {
  await flush((item, step) => {
    const isGoing = item.state === "held" && (step || !item.message);
    if (item.key === shown && isGoing) tellOf(item, "sending", step);
  }, isForced);
  if (channel) channel.postMessage("flushed");
  await refresh();
}

/* ---- the card ---- */

function tellOf(item, state, step = "") {
  card.hidden = !item;
  form.hidden = Boolean(item);
  document.body.classList.toggle("handed-in", Boolean(item));
  if (!item) return;
  card.textContent = "";
  card.append(byId(`t-${state}`).content.cloneNode(true));
  fill("step", step);
  fill("why", item.message);
  if (state !== "sent") return;
  fill("number", spoken(item.number));
  slot(card, "link").href = item.link;
}

function slot(place, name) {
  return place.querySelector(`[data-slot=${name}]`);
}

function fill(name, words) {
  const place = slot(card, name);
  if (place && words) place.textContent = words;
}

function spoken(number) {
  return number.replace(/(\d{3})(?=\d)/g, "$1 ");
}

const ACTS = {
  retry: async () => { tellOf(await find(shown), "sending"); send(true); },
  again: () => { shown = ""; tellOf(null); form.elements.text.focus(); refresh(); },
  edit: () => edit(shown),
  copy: async (button) => {
    const link = slot(card, "link").href;
    const { copy } = await import("./copy.js");
    button.querySelector("span").textContent = (await copy(link)) ? "已复制" : link;
  },
};

async function edit(key) {
  const item = await find(key);
  const back = isEmpty(page.draft) ? await takeBack(key) : null;
  shown = "";
  tellOf(null);
  if (back) {
    use(back);
    point(item.field, item.message);
  } else {
    point("", "请先把正在写的这件提交，再改那一件。");
  }
  refresh();
}

/* ---- the list of what this phone has handed in ---- */

async function refresh() {
  const items = (await all()).sort((a, b) => b.at - a.at);
  const current = items.find((item) => item.key === shown);
  if (current) tellOf(current, current.state);
  const list = byId("mine").querySelector("ul");
  list.textContent = "";
  for (const item of items) if (item.key !== shown) list.append(line(item));
  byId("mine").hidden = !list.childElementCount;
}

function line(item) {
  const row = byId("t-mine").content.cloneNode(true);
  const at = new Date(item.at);
  const words = {
    sent: `${at.getMonth() + 1}月${at.getDate()}日提交`,
    held: "还没有发出，有网后自动发送",
    refused: item.message,
  };
  slot(row, "title").textContent = item.number
    ? spoken(item.number) : item.draft.text.slice(0, 20) || "语音留言";
  slot(row, "words").textContent = words[item.state];
  if (item.link) Object.assign(slot(row, "link"), { href: item.link, hidden: false });
  const act = row.querySelector("[data-do=act]");
  act.hidden = item.state === "sent";
  act.textContent = item.state === "held" ? "现在发送" : "改一改";
  act.addEventListener("click", () => (item.state === "held" ? send(true) : edit(item.key)));
  row.querySelector("[data-do=forget]").addEventListener("click", () => drop(item));
  return row;
}

async function drop(item) {
  const question = item.state === "sent"
    ? "只从这部手机上删除记录，不影响办理。删除吗？" : "这件事还没有发出，删除后不能恢复。删除吗？";
  if (!confirm(question)) return;
  await forget(item.key);
  refresh();
}

/* ---- from now on ---- */

async function registerWorker() {
  if (!navigator.serviceWorker) return;
  try {
    await navigator.serviceWorker.register("/sw-sync.js", { type: "module" });
  } catch (fault) {
    await navigator.serviceWorker.register("/sw.js");
  }
  const ready = await navigator.serviceWorker.ready;
  ready.active.postMessage({ keep: location.pathname });
}

/** Send what waits, now and whenever there may be network; keep the page for when there is none. */
export async function begin() {
  card.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button) ACTS[button.dataset.do](button);
  });
  addEventListener("online", () => send(true));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") send();
    else if (!form.hidden) keep();
  });
  if (channel) channel.onmessage = refresh;
  setInterval(() => { if (document.visibilityState === "visible") send(); }, RETRY_MS);
  await send();
  await registerWorker();
}
