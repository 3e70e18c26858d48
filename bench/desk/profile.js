// Notes what page.js does not: when sockets and widgets come, and what holds the page up.
(() => {
  if (window.top !== window || location.protocol === "about:") return;
  const notes = [];
  const note = (what, at = performance.now()) => notes.push([what, at]);
  window.benchNotes = notes;

  const Plain = window.WebSocket;
  window.WebSocket = class extends Plain {
    constructor(...given) {
      super(...given);
      note("websocket: asked for");
      this.addEventListener("open", () => note("websocket: open"), { once: true });
      this.addEventListener("message", () => note("websocket: first message"), { once: true });
    }
  };

  document.addEventListener("DOMContentLoaded", () => note("DOMContentLoaded"));
  window.addEventListener("load", () => note("load"));
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) note(entry.name, entry.startTime);
  }).observe({ type: "paint", buffered: true });

  const FIRSTS = {
    "first widget stands": ".jupyter-widgets, .v-application, .vuetify-styles, .leaflet-container",
    "table stands": "table, canvas",
    "map stands": ".leaflet-container, canvas",
  };
  const observer = new MutationObserver(() => {
    for (const [what, selector] of Object.entries(FIRSTS)) {
      if (document.querySelector(selector)) {
        note(what);
        delete FIRSTS[what];
      }
    }
  });
  observer.observe(document, { childList: true, subtree: true });
})();
