// Frames of the websocket protocol `v1.kernel.websocket.jupyter.org`: a count, offsets, then the
// channel, header, parent header, metadata, content and any buffers.

const TEXT = new TextEncoder();
const WORDS = new TextDecoder();
const WORD_BYTES = 8;

export const PROTOCOL = "v1.kernel.websocket.jupyter.org";

export function encode({ channel, header, metadata, content, buffers }) {
  const parts = [
    TEXT.encode(channel),
    ...[header, {}, metadata, content].map((part) => TEXT.encode(JSON.stringify(part))),
    ...buffers.map((one) => new Uint8Array(one.buffer ?? one, one.byteOffset ?? 0, one.byteLength)),
  ];
  const head = WORD_BYTES * (parts.length + 2);
  const frame = new Uint8Array(head + parts.reduce((sum, part) => sum + part.length, 0));
  const view = new DataView(frame.buffer);
  view.setBigUint64(0, BigInt(parts.length + 1), true);
  let offset = head;
  parts.forEach((part, place) => {
    view.setBigUint64(WORD_BYTES * (place + 1), BigInt(offset), true);
    frame.set(part, offset);
    offset += part.length;
  });
  view.setBigUint64(WORD_BYTES * (parts.length + 1), BigInt(offset), true);
  return frame;
}

export function decode(data) {
  const view = new DataView(data);
  const count = Number(view.getBigUint64(0, true));
  const offset = (place) => Number(view.getBigUint64(WORD_BYTES * (place + 1), true));
  const part = (place) => new Uint8Array(data, offset(place), offset(place + 1) - offset(place));
  const json = (place) => JSON.parse(WORDS.decode(part(place)));
  const buffers = [];
  for (let place = 5; place < count - 1; place += 1) {
    buffers.push(new DataView(data.slice(offset(place), offset(place + 1))));
  }
  return {
    channel: WORDS.decode(part(0)),
    header: json(1),
    parent_header: json(2),
    metadata: json(3),
    content: json(4),
    buffers,
  };
}
