// The page of an open app: tells how far it has come, and what happened if it stops.
"use strict";

const desk = (() => {
  const OPEN_LIMIT_MS = 60000;
  const RETRY_MS = 3000;
  const STEADY_MS = 150; // a widget may show a placeholder first
  const PENDING = 'script[type="application/vnd.voila.cell-output+json"]';
  const $ = (id) => document.getElementById(id);
  let kernel = null;
  let ended = false;
  let asking = false;

  const element = (name, className, text = "") => {
    const made = document.createElement(name);
    made.className = className;
    made.textContent = text;
    return made;
  };

  const button = (text, className, action) => {
    const made = element("button", className, text);
    made.type = "button";
    made.addEventListener("click", action);
    return made;
  };

  const config = () => JSON.parse($("jupyter-config-data")?.textContent ?? "null");
  const seat = () => `/seat/${config().kernelId}`;
  const goHome = () => location.assign("/");
  const reopen = () => location.reload();
  const here = () => encodeURIComponent(location.pathname + location.search);
  const signIn = () => location.assign(`/login?next=${here()}`);

  // ---- while it opens -------------------------------------------------------------------------

  function say(text, percent) {
    if ($("progress")) {
      $("progress").textContent = text;
      $("progress-bar").value = percent;
    }
  }

  function step(number, count) {
    say(`已读取 ${number}/${count}`, 10 + (50 * number) / count);
  }

  function run() {
    say("正在呈现页面", 70);
    const began = performance.now();
    let since = 0;
    const timer = setInterval(() => {
      const now = performance.now();
      since = isShown() ? since || now : 0;
      if (since && now - since >= STEADY_MS) {
        clearInterval(timer);
        show();
      } else if (now - began > OPEN_LIMIT_MS) {
        clearInterval(timer);
        stop("页面没有呈现出来，请检查网络后重新打开", reopen);
      }
    }, 50);
  }

  function isShown() {
    if (document.querySelector(".trouble")) return true;
    if (document.querySelector(PENDING)) return false;
    const outputs = [...document.querySelectorAll(".output")];
    return outputs.every((output) => output.getBoundingClientRect().height > 8);
  }

  function show() {
    document.body.classList.add("shown");
    $("opening")?.remove();
    performance.mark("desk-shown");
    window.dispatchEvent(new Event("resize"));
  }

  // ---- when it stops --------------------------------------------------------------------------

  function stop(sentence, action, name = "重新打开") {
    if (ended) return;
    ended = true;
    banner("");
    $("opening")?.remove();
    const card = element("div", "stopped");
    const box = element("div", "stopped-box");
    box.setAttribute("role", "alertdialog");
    const act = button(name, "button", action);
    const wait = button("先不，我要抄下没提交的内容", "quiet", () => {
      card.remove();
      banner(sentence, name, action);
    });
    box.append(element("p", "sentence", sentence), act);
    if ($("main")) box.append(wait);
    card.append(box);
    document.body.append(card);
    act.focus();
  }

  function banner(text, name = "", action = null) {
    $("banner")?.remove();
    if (!text) return;
    const bar = element("div", "banner", text);
    bar.id = "banner";
    bar.setAttribute("role", "status");
    if (action) bar.append(button(name, "banner-button", action));
    document.body.append(bar);
  }

  function toast(text) {
    const bubble = element("div", "toast", text);
    bubble.setAttribute("role", "alert");
    bubble.append(button("知道了", "banner-button", () => bubble.remove()));
    document.body.append(bubble);
  }

  async function ask() {
    if (asking || ended || !kernel) return;
    asking = true;
    try {
      const answer = await fetch(seat(), { cache: "no-store" });
      if (!answer.ok) throw new Error(`${answer.status}`);
      const { state, sentence } = await answer.json();
      if (state === "signed_out" || state === "moved") $("main")?.remove(); // no longer theirs
      if (state === "signed_out") stop(sentence, signIn, "重新登录");
      else if (state === "moved") stop(sentence, goHome, "回到首页");
      else if (state !== "open") stop(sentence, reopen);
      else if (kernel.connectionStatus === "connected") banner("");
      else await kernel.reconnect();
    } catch {
      banner("网络断开，正在重新连接…", "重新打开", reopen);
      setTimeout(ask, RETRY_MS);
    } finally {
      asking = false;
    }
    if (ended) kernel.dispose();
  }

  async function watch() {
    while (!window.jupyterapp) await new Promise((done) => setTimeout(done, 50));
    const manager = await window.jupyterapp.widgetManagerPromise.promise;
    kernel = manager.kernel;
    kernel.connectionStatusChanged.connect((_, status) => {
      if (status === "connected") banner("");
      else ask();
    });
    kernel.iopubMessage.connect((_, message) => {
      if (message.header.msg_type === "error") toast(message.content.evalue);
    });
    window.addEventListener("online", ask);
    window.addEventListener("offline", ask);
    document.addEventListener("visibilitychange", () => document.hidden || ask());
  }

  // Voilà ends the kernel before the browser knows whether the page is really left (a download
  // asks, too); so its listener must not hear of it, and the goodbye is said when the page goes.
  window.addEventListener("beforeunload", (event) => event.stopImmediatePropagation(), true);
  window.addEventListener("pagehide", () => {
    if (!config()) return;
    const form = new FormData();
    form.append("_xsrf", document.querySelector('meta[name="xsrf"]').content);
    navigator.sendBeacon(`${seat()}/leave`, form);
  });
  window.addEventListener("pageshow", (event) => event.persisted && reopen());
  window.addEventListener("load", () => {
    if (config()) watch();
    else if (document.querySelector(".trouble")) show();
    else stop("页面没有打开成功，请重新打开", reopen);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-reopen]")) reopen();
  });

  return { step, run };
})();
