/* What can go with the words: photos, a voice note, the place. Each is hidden where it cannot be. */

import { keep, page, point, showPlace } from "./form.js";
import { Strip } from "./photos.js";
import { Recorder, isSupported } from "./voice.js";

const { byId } = page;

function beginPhotos() {
  const input = byId("photos");
  const say = (words) => point("photos", words);
  const max = Number(input.dataset.max);
  page.strip = new Strip(byId("thumbs"), byId("t-thumb"), page.draft.photos, max, keep, say);
  const take = () => {
    const files = [...input.files];
    input.value = "";
    page.strip.add(files);
  };
  input.addEventListener("change", take);
  if (input.files.length) take(); // chosen before we were ready
}

function beginVoice() {
  if (!isSupported()) return;
  byId("voice").hidden = false;
  const changed = (voice) => {
    page.draft.voice = voice;
    page.recorder.show(voice);
    keep();
  };
  const say = (words) => point("voice", words);
  page.recorder = new Recorder(byId("record"), byId("note"), byId("t-note"), changed, say);
  page.recorder.show(page.draft.voice);
}

function beginPlace() {
  byId("where").hidden = false;
  byId("locate").addEventListener("change", async (event) => {
    page.draft.location = null;
    point("location", "");
    if (event.target.checked) {
      showPlace("正在定位…");
      try {
        page.draft.location = await (await import("./place.js")).locate();
      } catch (fault) {
        point("location", fault.message);
      }
    }
    showPlace();
    keep();
  });
}

export function begin() {
  beginPhotos();
  beginVoice();
  beginPlace();
}
