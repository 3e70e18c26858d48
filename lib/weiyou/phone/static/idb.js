/* The phone's own drawer: two tables, drafts and the outbox. Works in pages and service workers. */

let opened;

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("weiyou", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("draft", { keyPath: "token" });
      request.result.createObjectStore("outbox", { keyPath: "key" });
      request.result.createObjectStore("lease", { keyPath: "name" });
    };
    request.onsuccess = () => {
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
  });
}

/** Return a promise of what a request gives. */
export function ask(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * Do `work` in one transaction and return what it returns, once it is safe on disk.
 * `work` may await nothing but `ask`.
 */
export async function inside(tables, work, mode = "readwrite") {
  if (!opened) opened = open();
  const db = await opened;
  const transaction = db.transaction(tables, mode);
  const safe = new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error || new Error("aborted"));
  });
  const result = await work(...tables.map((name) => transaction.objectStore(name)));
  await safe;
  return result;
}
