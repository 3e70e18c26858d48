/* A voice note of at most a minute: recorded, heard again, removed. Hidden where it cannot be. */

const LONGEST_S = 60;
const TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];

export function isSupported() {
  return Boolean(self.MediaRecorder && navigator.mediaDevices && navigator.mediaDevices.getUserMedia
    && TYPES.some((type) => MediaRecorder.isTypeSupported(type)));
}

/** The button that records, and the note that comes of it. */
export class Recorder {
  constructor(button, note, template, changed, say) {
    Object.assign(this, { button, note, template, changed, say, recorder: null });
    this.words = button.querySelector("span");
    this.left = button.querySelector("small");
    button.addEventListener("click", () => (this.recorder ? this.stop() : this.start()));
  }

  async start() {
    this.say("");
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch (fault) {
      this.say("手机没有允许使用麦克风。可以直接写字。");
      return;
    }
    const type = TYPES.find((one) => MediaRecorder.isTypeSupported(one));
    const pieces = [];
    this.recorder = new MediaRecorder(stream, { mimeType: type, audioBitsPerSecond: 16000 });
    this.recorder.ondataavailable = (event) => pieces.push(event.data);
    this.recorder.onstop = async () => {
      stream.getTracks().forEach((track) => track.stop());
      const blob = new Blob(pieces, { type: type.split(";")[0] });
      this.recorder = null;
      this.rest();
      if (blob.size) this.changed({ bytes: await blob.arrayBuffer(), type: blob.type });
    };
    this.recorder.start(1000);
    this.count();
  }

  count() {
    const begun = Date.now();
    this.button.classList.add("on");
    this.words.textContent = "停止";
    const tick = () => {
      const left = LONGEST_S - Math.floor((Date.now() - begun) / 1000);
      this.left.textContent = `还能说 ${Math.max(left, 0)} 秒`;
      if (left <= 0) this.stop();
    };
    tick();
    this.timer = setInterval(tick, 500);
  }

  stop() {
    clearInterval(this.timer);
    if (this.recorder && this.recorder.state !== "inactive") this.recorder.stop();
  }

  rest() {
    clearInterval(this.timer);
    this.button.classList.remove("on");
    this.words.textContent = "说一段";
    this.left.textContent = "最长 60 秒";
  }

  /** Show a note to be heard, or nothing. */
  show(voice) {
    const before = this.note.querySelector("audio");
    if (before) URL.revokeObjectURL(before.src);
    this.note.textContent = "";
    this.note.hidden = !voice;
    this.words.textContent = voice ? "重新说" : "说一段";
    if (!voice) return;
    const item = this.template.content.cloneNode(true);
    item.querySelector("audio").src = URL.createObjectURL(new Blob([voice.bytes], { type: voice.type }));
    item.querySelector("button").addEventListener("click", () => this.changed(null));
    this.note.append(item);
  }
}
