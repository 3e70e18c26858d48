/* The same, and it sends what waits when the network comes back, even with the page closed. */

import "./sw.js";
import { flush } from "/static/@VERSION@/outbox.js";

self.addEventListener("sync", (event) => {
  if (event.tag !== "outbox") return;
  event.waitUntil(flush(() => {}, true).then((left) => {
    new BroadcastChannel("weiyou").postMessage("flushed");
    if (left > 0) throw new Error("still waiting: ask again");
  }));
});
