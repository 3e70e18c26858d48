// What the cells of an app have shown, drawn into the page in their order.

import { MessageLoop } from "@lumino/messaging";
import { Widget } from "@lumino/widgets";

const WIDGET = "application/vnd.jupyter.widget-view+json";
const PICTURES = ["image/png", "image/jpeg"];

export async function draw(output, box, manager) {
  const shown = output.data;
  if (shown[WIDGET]) await drawWidget(shown[WIDGET].model_id, box, manager);
  else if (!drawPicture(shown, box)) drawText(shown, box);
}

async function drawWidget(id, box, manager) {
  await manager.known(id);
  const view = await manager.create_view(await manager.get_model(id));
  Widget.attach(view.luminoWidget, box);
  window.addEventListener("resize", () => {
    MessageLoop.postMessage(view.luminoWidget, Widget.ResizeMessage.UnknownSize);
  });
  await view.shown;
}

function drawPicture(shown, box) {
  const type = PICTURES.find((one) => shown[one]);
  if (!type) return false;
  const picture = document.createElement("img");
  picture.src = `data:${type};base64,${shown[type]}`;
  picture.alt = "";
  box.append(picture);
  return true;
}

function drawText(shown, box) {
  const text = document.createElement("pre");
  text.textContent = shown["text/plain"] ?? "";
  box.append(text);
}
