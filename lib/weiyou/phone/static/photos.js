/* Photos: shrunk on the phone before they are kept or sent, shown small, removed with a tap. */

const SIDE_MAX_PX = 1600;
const QUALITY = 0.72;
const BYTES_MAX = 10 * 2 ** 20;
const SENDABLE = ["image/jpeg", "image/png", "image/webp"];

/** Return {bytes, type} of a photo with its long side at most 1600 px; throw words if it cannot be. */
export async function shrink(file) {
  try {
    const blob = await redraw(await decode(file));
    return { bytes: await read(blob), type: blob.type };
  } catch (fault) {
    if (SENDABLE.includes(file.type) && file.size <= BYTES_MAX) {
      return { bytes: await read(file), type: file.type }; // the office shrinks it then
    }
    throw new Error("这张照片打不开，请换一张，或截一张图再选。");
  }
}

async function decode(file) {
  if (self.createImageBitmap) {
    try {
      return await createImageBitmap(file, { imageOrientation: "from-image" });
    } catch (fault) { /* some know the name and not the option: the old way then */ }
  }
  const image = new Image();
  image.src = URL.createObjectURL(file);
  try {
    await new Promise((resolve, reject) => {
      image.onload = resolve;
      image.onerror = () => reject(new Error("unreadable"));
    });
    return image;
  } finally {
    setTimeout(() => URL.revokeObjectURL(image.src), 10000);
  }
}

async function redraw(image) {
  const wide = image.naturalWidth || image.width, high = image.naturalHeight || image.height;
  const share = Math.min(1, SIDE_MAX_PX / Math.max(wide, high));
  const width = Math.max(1, Math.round(wide * share)), height = Math.max(1, Math.round(high * share));
  const canvas = self.OffscreenCanvas
    ? new OffscreenCanvas(width, height)
    : Object.assign(document.createElement("canvas"), { width, height });
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff"; // what is transparent becomes white
  pen.fillRect(0, 0, width, height);
  pen.drawImage(image, 0, 0, width, height);
  if (image.close) image.close();
  const blob = canvas.convertToBlob
    ? await canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY })
    : await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  if (!blob || blob.type !== "image/jpeg") throw new Error("no canvas");
  return blob;
}

function read(blob) {
  return blob.arrayBuffer ? blob.arrayBuffer() : new Response(blob).arrayBuffer();
}

/**
 * The strip of small pictures under a form.
 * `photos` is the list that is shown and changed; `changed()` is called after each change.
 */
export class Strip {
  constructor(list, template, photos, max, changed, say) {
    Object.assign(this, { list, template, photos, max, changed, say, busy: 0 });
    this.show();
  }

  use(photos) {
    this.photos = photos;
    this.show();
  }

  async add(files) {
    this.say("");
    for (const file of files) {
      if (this.photos.length + this.busy >= this.max) {
        this.say(`最多 ${this.max} 张照片。`);
        break;
      }
      this.busy += 1;
      this.show();
      try {
        this.photos.push(await shrink(file));
      } catch (fault) {
        this.say(fault.message);
      }
      this.busy -= 1;
      this.show();
      this.changed();
    }
  }

  show() {
    this.list.hidden = !this.photos.length && !this.busy;
    this.list.textContent = "";
    this.photos.forEach((photo, place) => {
      const item = this.template.content.cloneNode(true);
      const blob = new Blob([photo.bytes], { type: photo.type });
      const image = item.querySelector("img");
      image.src = URL.createObjectURL(blob);
      image.onload = () => URL.revokeObjectURL(image.src);
      item.querySelector("button").addEventListener("click", () => {
        this.photos.splice(place, 1);
        this.show();
        this.changed();
      });
      this.list.append(item);
    });
    if (this.busy) {
      const waiting = document.createElement("li");
      waiting.className = "busy";
      waiting.textContent = "处理中…";
      this.list.append(waiting);
    }
  }
}
