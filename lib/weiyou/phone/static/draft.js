/*
 * One draft for each scanned code. Its key is made once; handing in moves the draft into the outbox
 * in one transaction, so that neither a reload nor a second tab can hand the same draft in twice.
 */

import { ask, inside } from "./idb.js";

const FIELDS = ["text", "category", "name", "phone", "place"];

export function fresh(token) {
  const random = crypto.getRandomValues(new Uint8Array(16));
  const key = Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return { token, key, text: "", category: "", name: "", phone: "", place: "",
    location: null, photos: [], voice: null };
}

export function isEmpty(draft) {
  return !FIELDS.some((name) => draft[name]) && !draft.photos.length && !draft.voice;
}

export function load(token) {
  return inside(["draft"], (drafts) => ask(drafts.get(token)), "readonly");
}

/** Keep a draft; return false if it was handed in meanwhile, in another tab. */
export function save(draft) {
  return inside(["draft", "outbox"], async (drafts, outbox) => {
    if (await ask(outbox.get(draft.key))) return false;
    await ask(isEmpty(draft) ? drafts.delete(draft.token) : drafts.put(draft));
    return true;
  });
}

/** Move a draft into the outbox; return the item that waits there, also if it was there before. */
export function handIn(draft, noticeVersion, now) {
  return inside(["draft", "outbox"], async (drafts, outbox) => {
    const before = await ask(outbox.get(draft.key));
    if (before) return before;
    const item = {
      key: draft.key, token: draft.token, at: now, state: "held", tries: 0, next: 0,
      draft, files: files(draft), noticeVersion, message: "", field: "",
    };
    await ask(outbox.put(item));
    await ask(drafts.delete(draft.token));
    return item;
  });
}

function files(draft) {
  const all = draft.photos.map((photo) => ({ kind: "photo", ...photo, sha: "", sent: false }));
  if (draft.voice) all.push({ kind: "voice", ...draft.voice, sha: "", sent: false });
  return all;
}

/** Take a refused item back to be changed; what is being written meanwhile is not lost. */
export function takeBack(key) {
  return inside(["draft", "outbox"], async (drafts, outbox) => {
    const item = await ask(outbox.get(key));
    if (!item || item.state !== "refused") return null;
    const current = await ask(drafts.get(item.token));
    if (current && !isEmpty(current)) return null;
    const draft = item.code === "KeyReused" ? { ...item.draft, key: fresh("").key } : item.draft;
    await ask(drafts.put(draft));
    await ask(outbox.delete(key));
    return draft;
  });
}
