/*
 * Keeps the scanned page and its scripts on the phone, so that it opens without network.
 * The page is asked for anew whenever there is network; nothing of a matter is ever kept here.
 */

const VERSION = "@VERSION@";
const SHELL = ["@SHELL@"];
const SHELF = `shelf-${VERSION}`;
const PATIENCE_MS = 5000;
const isPage = (url) => /^\/g\/[^/]+$/i.test(url.pathname);

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELF).then((shelf) => shelf.addAll(SHELL)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(renew().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("/static/")) event.respondWith(kept(event.request));
  else if (event.request.mode === "navigate" && isPage(url)) event.respondWith(page(event.request, url));
});

self.addEventListener("message", (event) => {
  if (event.data && event.data.keep) event.waitUntil(keep(event.data.keep));
});

async function kept(request) {
  return (await caches.match(request)) || fetch(request);
}

/** Fetch a page to keep it, without counting as an opening; return whether it is kept. */
async function keep(path) {
  try {
    const answer = await fetch(path, { headers: { "X-Keep": "1" }, credentials: "same-origin" });
    const shelf = await caches.open(SHELF);
    if (answer.ok) await shelf.put(path, answer);
    if (answer.status === 404) await shelf.delete(path);
    return answer.ok || answer.status === 404;
  } catch (fault) {
    return false;
  }
}

/** Fetch pages of older versions anew; a shelf goes when none of its pages is left on it. */
async function renew() {
  for (const name of await caches.keys()) {
    if (name === SHELF || !name.startsWith("shelf-")) continue;
    const old = await caches.open(name);
    let isDone = true;
    for (const request of await old.keys()) {
      const url = new URL(request.url);
      if (isPage(url)) isDone = (await keep(url.pathname)) && isDone;
    }
    if (isDone) await caches.delete(name);
  }
}

/** The page from the office; without network, or when it takes too long, the page that is kept. */
async function page(request, url) {
  const saved = await caches.match(url.pathname);
  const fetched = fetch(request).then(async (answer) => {
    if (answer.ok) (await caches.open(SHELF)).put(url.pathname, answer.clone());
    if (answer.status === 404) (await caches.open(SHELF)).delete(url.pathname);
    return answer.status >= 500 && saved ? saved : answer;
  });
  if (!saved) return fetched;
  const impatient = new Promise((resolve) => { setTimeout(() => resolve(saved), PATIENCE_MS); });
  return Promise.race([fetched.catch(() => saved), impatient]);
}
