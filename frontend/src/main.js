// The start of an open app: connects while the kernel is still busy, draws what it is given.

import { Kernel } from "./kernel.js";
import { DeskManager } from "./manager.js";
import { draw } from "./outputs.js";

const json = (id) => JSON.parse(document.getElementById(id).textContent);
const OUTPUT = 'script[type="application/vnd.voila.cell-output+json"]';

async function start() {
  const kernel = new Kernel(json("desk-config").kernelId);
  const manager = new DeskManager(kernel);
  kernel.connect();
  desk.attach(kernel);
  // A screen needs widgets that were made before this kernel spoke: only the page's end brings them.
  await desk.finished;
  await manager.bring(json("desk-states"), buffers());
  const drawn = [...document.querySelectorAll(OUTPUT)].map((one) =>
    draw(JSON.parse(one.textContent), one.parentElement, manager),
  );
  await Promise.all(drawn);
  desk.show();
  if (kernel.isConnected && !(await desk.finished)) manager.catchUp();
  kernel.addEventListener("connected", () => manager.catchUp());
}

const buffers = () =>
  json("desk-buffers").map((one) => {
    const bytes = Uint8Array.from(atob(one), (sign) => sign.charCodeAt(0));
    return new DataView(bytes.buffer);
  });

start().catch((fault) => {
  console.error(fault);
  desk.stop("页面没有呈现出来，请检查网络后重新打开");
});
