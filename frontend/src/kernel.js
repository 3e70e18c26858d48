// The connection of a page to its kernel. It comes back by itself; what is said while it is away
// is kept and sent then.

import { PROTOCOL, decode, encode } from "./wire.js";

const RETRY_MS = [500, 1000, 2000, 4000];
const MOST_KEPT = 500;

const identity = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
};

export class Kernel extends EventTarget {
  // Events: "connected", "lost", "error" (detail: the sentence).

  constructor(id) {
    super();
    this.id = id;
    this.session = identity();
    this.comms = new Map();
    this.callbacks = new Map();
    this.kept = [];
    this.failures = 0;
    this.opened = null; // told of a comm that the kernel opens
    this.ended = false;
  }

  get isConnected() {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  connect() {
    clearTimeout(this.timer);
    if (this.ended || this.isConnected || this.socket?.readyState === WebSocket.CONNECTING) return;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const path = `/api/kernels/${this.id}/channels?session_id=${this.session}`;
    const socket = new WebSocket(`${scheme}://${location.host}${path}`, [PROTOCOL]);
    socket.binaryType = "arraybuffer";
    socket.addEventListener("open", () => this.#arrive());
    socket.addEventListener("message", ({ data }) => this.#hear(decode(data)));
    socket.addEventListener("close", () => this.#lose(socket));
    this.socket = socket;
  }

  dispose() {
    this.ended = true;
    clearTimeout(this.timer);
    this.socket?.close();
  }

  send(type, content, metadata = {}, buffers = [], callbacks = null) {
    const header = {
      msg_id: identity(),
      msg_type: type,
      username: "",
      session: this.session,
      version: "5.3",
      date: new Date().toISOString(),
    };
    const frame = encode({ channel: "shell", header, metadata, content, buffers });
    if (callbacks) this.callbacks.set(header.msg_id, callbacks);
    if (this.isConnected) this.socket.send(frame);
    else if (this.kept.push(frame) > MOST_KEPT) this.kept.shift();
    return header.msg_id;
  }

  comm(target, id = identity()) {
    const comm = new Comm(this, target, id);
    this.comms.set(id, comm);
    return comm;
  }

  #arrive() {
    this.failures = 0;
    for (const frame of this.kept.splice(0)) this.socket.send(frame);
    this.dispatchEvent(new Event("connected"));
  }

  #lose(socket) {
    if (socket !== this.socket || this.ended) return;
    this.#forgive();
    const wait = RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)];
    this.failures += 1;
    this.timer = setTimeout(() => this.connect(), wait);
    this.dispatchEvent(new Event("lost"));
  }

  // Whoever waits for the end of a deed must not wait for ever.
  #forgive() {
    for (const [id, callbacks] of this.callbacks) {
      const content = { execution_state: "idle" };
      callbacks.iopub?.status?.({ content, parent_header: { msg_id: id } });
    }
    this.callbacks.clear();
  }

  #hear(message) {
    const { msg_type: type } = message.header;
    const { content } = message;
    if (type === "comm_msg") this.comms.get(content.comm_id)?.hear(message);
    else if (type === "comm_open") this.#open(message);
    else if (type === "comm_close") this.comms.get(content.comm_id)?.end(message);
    else if (type === "status") this.#note(message);
    else if (type === "error") this.dispatchEvent(new CustomEvent("error", { detail: content.evalue }));
  }

  #open(message) {
    const { comm_id: id, target_name: target } = message.content;
    if (target === "jupyter.widget" && !this.comms.has(id)) this.opened?.(this.comm(target, id), message);
  }

  #note(message) {
    const { msg_id: id } = message.parent_header;
    const callbacks = this.callbacks.get(id);
    callbacks?.iopub?.status?.(message);
    if (message.content.execution_state === "idle") this.callbacks.delete(id);
  }
}

// What `@jupyter-widgets/base` wants of a comm.
class Comm {
  constructor(kernel, target, id) {
    this.kernel = kernel;
    this.target_name = target;
    this.comm_id = id;
    this.queue = Promise.resolve();
  }

  open(data, callbacks, metadata, buffers) {
    const { comm_id, target_name } = this;
    return this.kernel.send("comm_open", { comm_id, target_name, data }, metadata, buffers, callbacks);
  }

  send(data, callbacks, metadata, buffers) {
    const { comm_id } = this;
    return this.kernel.send("comm_msg", { comm_id, data }, metadata, buffers, callbacks);
  }

  close(data = {}, callbacks = null, metadata = {}, buffers = []) {
    const { comm_id } = this;
    this.kernel.comms.delete(comm_id);
    return this.kernel.send("comm_close", { comm_id, data }, metadata, buffers, callbacks);
  }

  on_msg(told) {
    this.told = told;
  }

  on_close(closed) {
    this.closed = closed;
  }

  // One after the other: a message may arrive before its model has been made.
  hear(message) {
    this.queue = this.queue.then(() => this.ready).then(() => this.told?.(message));
  }

  end(message) {
    this.kernel.comms.delete(this.comm_id);
    this.queue = this.queue.then(() => this.closed?.(message));
  }
}
