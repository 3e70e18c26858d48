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
  const drawn = [];
  const drawNew = () => {
    for (const one of document.querySelectorAll(OUTPUT)) {
      const box = one.parentElement;
      one.remove();
      drawn.push(draw(JSON.parse(one.textContent), box, manager));
    }
  };
  document.addEventListener("desk-step", drawNew);
  drawNew();
  await desk.read;
  drawNew();
  const brought = desk.finished.then(() => manager.bring(json("desk-states"), buffers()));
  await Promise.all(drawn);
  desk.show();
  await brought;
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
