/*
 * What waits to be sent. One sender at a time, over all tabs and the service worker; each item goes
 * out under its own key, so that the office takes it in once however often it arrives.
 */

import { ask, inside } from "./idb.js";

const FILE_MS = 120000;
const WORDS_MS = 30000;
const LEASE_MS = 150000;
const LONGEST_WAIT_MS = 300000;
const LATER = [408, 409, 425, 429];

export function all() {
  return inside(["outbox"], (outbox) => ask(outbox.getAll()), "readonly");
}

export function find(key) {
  return inside(["outbox"], (outbox) => ask(outbox.get(key)), "readonly");
}

export function forget(key) {
  return inside(["outbox"], (outbox) => ask(outbox.delete(key)));
}

function keep(item) {
  return inside(["outbox"], (outbox) => ask(outbox.put(item)));
}

/** Send what waits; `tell(item, words)` hears how it goes. Return how many still wait. */
export async function flush(tell = () => {}, force = false) {
  return alone(async () => {
    for (const item of (await all()).sort((a, b) => a.at - b.at)) {
      if (item.state !== "held" || (!force && item.next > Date.now())) continue;
      const after = await send(item, tell);
      await keep(after);
      tell(after, "");
      if (after.state === "held") break; // no network, or too busy: keep the order
    }
    return (await all()).filter((item) => item.state === "held").length;
  });
}

async function alone(work) {
  if (self.navigator && navigator.locks) {
    return navigator.locks.request("weiyou-outbox", { ifAvailable: true }, (lock) =>
      lock ? work() : -1);
  }
  const mine = Math.random();
  if (!(await lease(mine, Date.now()))) return -1;
  try {
    return await work();
  } finally {
    await lease(mine, 0);
  }
}

/** Take (or with `now` 0 give back) the only sender's place, where there are no locks. */
function lease(mine, now) {
  return inside(["lease"], async (leases) => {
    const held = await ask(leases.get("sender"));
    if (held && held.by !== mine && held.until > Date.now()) return false;
    await ask(leases.put({ name: "sender", by: mine, until: now && now + LEASE_MS }));
    return true;
  });
}

async function send(item, tell) {
  try {
    for (const [place, file] of item.files.entries()) {
      if (file.sent) continue;
      tell(item, `第 ${place + 1} 个文件，共 ${item.files.length} 个`);
      if (!file.sha) file.sha = await sha256(file.bytes);
      const answer = await put(`/api/uploads/${file.sha}`, item.key, file);
      if (!answer.ok) return settled(item, answer, await words(answer));
      file.sent = true;
      await keep(item);
    }
    tell(item, "");
    const answer = await post(item);
    return settled(item, answer, await words(answer));
  } catch (fault) {
    return held(item, "现在没有网络，或者网络太慢。", 0);
  }
}

function put(address, key, file) {
  return timed(FILE_MS, (signal) => fetch(address, {
    method: "PUT", body: file.bytes, signal,
    headers: { "Content-Type": file.type, "Idempotency-Key": key },
  }));
}

function post(item) {
  return timed(WORDS_MS, (signal) => fetch(`/api/g/${item.token}/petitions`, {
    method: "POST", body: JSON.stringify(body(item)), signal,
    headers: { "Content-Type": "application/json", "Idempotency-Key": item.key },
  }));
}

function body(item) {
  const { draft, files } = item;
  const voice = files.find((file) => file.kind === "voice");
  return {
    text: draft.text,
    category: draft.category || null,
    name: draft.name || null,
    phone: draft.phone || null,
    place: draft.place || null,
    location: draft.location,
    photos: files.filter((file) => file.kind === "photo").map((file) => file.sha),
    voice: voice ? voice.sha : null,
    notice_version: item.noticeVersion,
  };
}

async function timed(ms, ask) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), ms);
  try {
    return await ask(stop.signal);
  } finally {
    clearTimeout(timer);
  }
}

async function words(answer) {
  try {
    return await answer.json();
  } catch (fault) {
    if (answer.ok) throw fault; // cut off: ask again with the same key
    return {};
  }
}

/** Return the item as the office's answer leaves it. */
function settled(item, answer, said) {
  if (answer.ok && said.number) {
    return { key: item.key, token: item.token, at: item.at, state: "sent",
      number: said.number, link: said.link };
  }
  if (answer.ok || answer.status >= 500 || LATER.includes(answer.status)) {
    return held(item, said.message || "系统正忙。", Number(answer.headers.get("Retry-After")) || 0);
  }
  return { ...item, state: "refused", code: said.code || "", field: said.field || "",
    message: said.message || "提交的内容无法识别，请改一改再提交。" };
}

function held(item, message, waitS) {
  const tries = item.tries + 1;
  const wait = Math.max(waitS * 1000, Math.min(2000 * 2 ** tries, LONGEST_WAIT_MS));
  return { ...item, tries, message, next: Date.now() + wait };
}

async function sha256(bytes) {
  if (self.crypto && crypto.subtle) {
    const digest = await crypto.subtle.digest("SHA-256", bytes);
    return Array.from(new Uint8Array(digest), (b) => b.toString(16).padStart(2, "0")).join("");
  }
  const { sha256: slow } = await import("./sha256.js"); // pages without TLS have no crypto.subtle
  return slow(new Uint8Array(bytes));
}
