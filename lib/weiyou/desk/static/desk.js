// The page of an open app: tells how far it has come, and what happened if it stops.
"use strict";

const desk = (() => {
  const RETRY_MS = 3000;
  const $ = (id) => document.getElementById(id);
  let kernel = null;
  let ended = false;
  let asking = false;
  let complete = false;

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

  const seat = () => `/seat/${JSON.parse($("desk-config").textContent).kernelId}`;
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

  // `read` when the last cell's outputs are in the page, `finished` when everything is; it
  // then tells whether the page has heard its kernel since before the states were noted.
  let [tellRead, tellFinished] = [];
  const read = new Promise((done) => (tellRead = done));
  const finished = new Promise((done) => (tellFinished = done));

  function step(number, count) {
    say(`已读取 ${number}/${count}`, 10 + (70 * number) / count);
    document.dispatchEvent(new Event("desk-step"));
    if (number === count) tellRead();
  }

  function finish(heard) {
    complete = true;
    tellRead();
    tellFinished(heard);
  }

  function show() {
    document.body.classList.add("shown");
    $("opening")?.remove();
    performance.mark("desk-shown");
    window.dispatchEvent(new Event("resize"));
  }

  // ---- when it stops --------------------------------------------------------------------------

  function stop(sentence, action = reopen, name = "重新打开") {
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
    if ($("rendered_cells")) box.append(wait);
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
      if (state === "signed_out" || state === "moved") $("rendered_cells")?.remove(); // no longer theirs
      if (state === "signed_out") stop(sentence, signIn, "重新登录");
      else if (state === "moved") stop(sentence, goHome, "回到首页");
      else if (state !== "open") stop(sentence, reopen);
      else if (kernel.isConnected) banner("");
    } catch {
      banner("网络断开，正在重新连接…", "重新打开", reopen);
      setTimeout(ask, RETRY_MS);
    } finally {
      asking = false;
    }
    if (ended) kernel.dispose();
  }

  function attach(connection) {
    kernel = connection;
    kernel.addEventListener("connected", () => banner(""));
    kernel.addEventListener("lost", ask);
    kernel.addEventListener("error", ({ detail }) => toast(detail));
    window.addEventListener("online", () => kernel.connect());
    window.addEventListener("offline", ask);
    document.addEventListener("visibilitychange", () => document.hidden || ask());
  }

  window.addEventListener("pagehide", () => {
    const form = new FormData();
    form.append("_xsrf", document.querySelector('meta[name="xsrf"]').content);
    navigator.sendBeacon(`${seat()}/leave`, form);
  });
  window.addEventListener("pageshow", (event) => event.persisted && reopen());
  window.addEventListener("load", () => {
    if (document.querySelector(".trouble")) show();
    else if (!complete) stop("页面没有打开成功，请重新打开");
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-reopen]")) reopen();
  });

  return { attach, finish, finished, read, show, step, stop };
})();
