/* The progress page: keep its address; do not lose words where there is no network. */

import { copy } from "./copy.js";

const button = document.getElementById("copy");
button.hidden = false;
button.addEventListener("click", async () => {
  const address = location.origin + location.pathname;
  button.querySelector("span").textContent = (await copy(address)) ? "已复制" : address;
});

document.addEventListener("submit", (event) => {
  if (navigator.onLine) return;
  event.preventDefault();
  const words = document.createElement("p");
  words.className = "problem";
  words.setAttribute("role", "alert");
  words.textContent = "现在没有网络，等有网了再点一次；您写的还在。";
  event.target.prepend(words);
}, true);

// the flash has been read: a reload shall not say it again
if (location.search) history.replaceState(null, "", location.pathname);
