// The frame of every page: its looks, its menus, its keys, its bell. Runs before the first paint.
"use strict";

(() => {
  const root = document.documentElement;
  const COOKIE = "weiyou_look";
  const A_YEAR_S = 31536000;
  const ASK_EVERY_MS = 60000;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const $ = (id) => document.getElementById(id);

  // ---- looks: what the server wrote on the root is the choice; "auto" asks the system -----------

  const chosen = { theme: root.dataset.theme || "auto", large: root.dataset.type === "large" };

  function apply() {
    const system = dark.matches ? "dark" : "light";
    root.dataset.theme = chosen.theme === "auto" ? system : chosen.theme;
    if (chosen.large) root.dataset.type = "large";
    else delete root.dataset.type;
    for (const one of document.querySelectorAll("[data-theme-choice]")) {
      one.setAttribute("aria-pressed", `${one.dataset.themeChoice === chosen.theme}`);
    }
    for (const one of document.querySelectorAll("[data-type-choice]")) {
      one.setAttribute("aria-pressed", `${(one.dataset.typeChoice === "large") === chosen.large}`);
    }
  }

  function keep() {
    const words = chosen.large ? `${chosen.theme}.large` : chosen.theme;
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `${COOKIE}=${words}; path=/; max-age=${A_YEAR_S}; samesite=lax${secure}`;
    apply();
    window.dispatchEvent(new Event("resize")); // the map and the tables fit themselves anew
  }

  apply();
  dark.addEventListener("change", apply);

  // ---- menus ------------------------------------------------------------------------------------

  const buttonOf = (menu) => document.querySelector(`[data-opens="${menu.id}"]`);
  const shown = () => document.querySelector(".menu:not([hidden])");
  const items = (menu) => [...menu.querySelectorAll("a, button")];

  function close(menu = shown(), back = false) {
    if (!menu) return;
    menu.hidden = true;
    buttonOf(menu).setAttribute("aria-expanded", "false");
    if (back) buttonOf(menu).focus();
  }

  function open(menu, first = false) {
    close();
    menu.hidden = false;
    buttonOf(menu).setAttribute("aria-expanded", "true");
    if (menu.id === "bell-menu") ask();
    if (first) items(menu)[0]?.focus();
  }

  function move(menu, key) {
    const all = items(menu);
    const at = all.indexOf(document.activeElement);
    const steps = { ArrowDown: at + 1, ArrowUp: at < 0 ? -1 : at - 1, Home: 0, End: -1 };
    all.at(steps[key] % all.length)?.focus();
  }

  function press(event) {
    const menu = shown();
    const opener = event.target.closest?.("[data-opens]");
    if (event.altKey && !event.ctrlKey && !event.metaKey && /^Digit[0-9]$/.test(event.code)) {
      return go(Number(event.code.slice(-1)));
    }
    if (menu && event.key === "Escape") close(menu, true);
    else if (menu && ["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) move(menu, event.key);
    else if (opener && event.key === "ArrowDown") open($(opener.dataset.opens), true);
    else return false;
    return true;
  }

  function go(number) {
    if (!document.querySelector(".bar")) return false;
    const app = document.querySelectorAll("#apps-menu [data-app]")[number - 1];
    const address = number === 0 ? "/" : app?.getAttribute("href");
    if (address && address !== location.pathname) location.assign(address);
    return Boolean(address);
  }

  // Before everybody else: a screen has keys of its own and must not hear those of a menu.
  window.addEventListener(
    "keydown",
    (event) => {
      if (!press(event)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    true,
  );

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    const theme = event.target.closest("[data-theme-choice]");
    const type = event.target.closest("[data-type-choice]");
    if (opener) {
      const menu = $(opener.dataset.opens);
      if (menu.hidden) open(menu, event.detail === 0);
      else close(menu, true);
    } else if (theme) {
      chosen.theme = theme.dataset.themeChoice;
      keep();
    } else if (type) {
      chosen.large = type.dataset.typeChoice === "large";
      keep();
    } else if (!event.target.closest(".menu")) close();
  });
  document.addEventListener("focusin", (event) => {
    const menu = shown();
    if (menu && !menu.parentElement.contains(event.target)) close(menu);
  });

  // ---- the bell ---------------------------------------------------------------------------------

  let timer = 0;
  let askedAt = 0;

  async function ask() {
    clearTimeout(timer);
    if (!$("bell")) return;
    if (!document.hidden) {
      askedAt = Date.now();
      try {
        const answer = await fetch("/bell", { cache: "no-store" });
        if (answer.status === 401) return; // the page itself says that the session has ended
        if (answer.ok) ring(await answer.json());
      } catch {
        // no connection: the numbers stay as they were, and the next minute asks again
      }
    }
    clearTimeout(timer);
    timer = setTimeout(ask, ASK_EVERY_MS);
  }

  function ring({ total, late, kinds }) {
    const count = $("bell-count");
    count.hidden = total === 0;
    count.textContent = total > 99 ? "99+" : total;
    count.classList.toggle("late", late);
    const said = total ? `提醒：${total} 件等您办${late ? "，有超期的" : ""}` : "提醒：没有要您办的";
    $("bell").setAttribute("aria-label", said);
    $("bell").title = said;
    const held = $("bell-menu").contains(document.activeElement);
    $("bell-menu").replaceChildren(...(kinds.length ? kinds.map(line) : [nothing()]));
    if (held) items($("bell-menu"))[0]?.focus();
  }

  function line({ label, count, tone, href }) {
    const link = document.createElement("a");
    link.href = href;
    link.setAttribute("role", "menuitem");
    const words = document.createElement("span");
    words.textContent = label;
    const number = document.createElement("b");
    number.textContent = count.toLocaleString("zh-CN");
    number.className = count ? tone : "none";
    link.append(words, number);
    return link;
  }

  function nothing() {
    const note = document.createElement("p");
    note.className = "menu-note";
    note.textContent = "没有要您处理的事项";
    return note;
  }

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && Date.now() - askedAt >= ASK_EVERY_MS) ask();
  });

  // ---- when the page, or the first part of it, is there -----------------------------------------

  // An app's page goes on arriving until its kernel is ready; its frame is used long before that.
  const watch = new MutationObserver(() => document.querySelector(".print-line") && arrive());

  function arrive() {
    watch.disconnect();
    apply();
    ask();
  }

  function date() {
    const words = { dateStyle: "long", timeStyle: "short", timeZone: "Asia/Shanghai" };
    for (const place of document.querySelectorAll("[data-printed]")) {
      place.textContent = new Intl.DateTimeFormat("zh-CN", words).format(new Date());
    }
  }

  watch.observe(root, { childList: true, subtree: true });
  document.addEventListener("DOMContentLoaded", () => {
    if (!document.querySelector(".print-line")) arrive();
  });
  window.addEventListener("beforeprint", date);
  matchMedia("print").addEventListener("change", date);
})();
