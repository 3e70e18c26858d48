/* On every page: type size, one sending a form, a word when the network is gone. */

const root = document.documentElement;
root.classList.add("js");

const type = document.getElementById("type");

function isChosen() {
  return document.cookie.split("; ").includes("large=1");
}

function showType(large) {
  root.classList.toggle("large", large);
  type.textContent = "";
  const sign = document.createElement("span");
  sign.textContent = large ? "小" : "大";
  type.append(sign, large ? "标准字" : "大字版");
}

type.addEventListener("click", (event) => {
  event.preventDefault();
  const large = !root.classList.contains("large");
  document.cookie = `large=${large ? 1 : 0}; path=/; max-age=31536000; samesite=lax`;
  showType(large);
});

// a page kept for days without network may have been kept in the other size
if (document.cookie.includes("large=") && isChosen() !== root.classList.contains("large")) {
  showType(isChosen());
}

const offline = document.getElementById("offline");

function showNetwork() {
  offline.hidden = navigator.onLine;
}
addEventListener("online", showNetwork);
addEventListener("offline", showNetwork);
showNetwork();

// a second press sends nothing twice; coming back to the page lets it be used again
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  const form = event.target;
  if (form.dataset.busy) {
    event.preventDefault();
    return;
  }
  form.dataset.busy = "1";
});
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.busy;
});
