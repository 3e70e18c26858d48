// The widgets of the page. Which libraries they may come from is a closed list, each loaded when
// the first of its widgets appears.

import { ManagerBase } from "@jupyter-widgets/base-manager";
import * as base from "@jupyter-widgets/base";
import * as vue from "./vue/models.js";
import * as themes from "./vue/themes.js";
import { VueView } from "./vue/view.js";

const CONTROL = "jupyter.widget.control";
const ours = { ...vue, ...themes, VueView, VuetifyView: VueView };

const LIBRARIES = {
  "@jupyter-widgets/base": async () => base,
  "@jupyter-widgets/controls": () => import("./controls.js"),
  "jupyter-leaflet": () => import("./leaflet.js"),
  "jupyter-vue": async () => ours,
  "jupyter-vuetify": async () => ours,
};

export class DeskManager extends ManagerBase {
  constructor(kernel) {
    super();
    this.kernel = kernel;
    this.awaited = new Map();
    kernel.opened = (comm, message) => {
      comm.ready = this.handle_comm_open(comm, message);
    };
  }

  register_model(id, model) {
    super.register_model(id, model);
    this.awaited.get(id)?.();
  }

  // Resolved as soon as a widget is known.
  known(id) {
    if (this.has_model(id)) return Promise.resolve();
    return new Promise((done) => this.awaited.set(id, done));
  }

  async loadClass(className, moduleName) {
    const library = await LIBRARIES[moduleName]?.();
    const found = library?.[className];
    if (!found) throw new Error(`the desk has no ${moduleName}.${className}`);
    return found;
  }

  async _create_comm(target, id, data, metadata, callbacks, buffers) {
    const comm = this.kernel.comm(target, id);
    if (data || metadata) comm.open(data, callbacks, metadata, buffers);
    return comm;
  }

  async _get_comm_info() {
    return {};
  }

  // Make the widgets whose states the page has brought along. What the kernel itself has told of
  // meanwhile is newer.
  async bring({ states, buffer_paths: paths }, buffers) {
    const known = Object.keys(states).filter((id) => this.has_model(id));
    await this.load({ states, buffer_paths: paths }, buffers, known);
  }

  async load({ states, buffer_paths: paths }, buffers, skipped = []) {
    paths.forEach(([id, ...path], place) => {
      base.put_buffers(states[id], [path], [buffers[place]]);
    });
    const taken = Object.entries(states).filter(([id]) => !skipped.includes(id));
    await Promise.all(taken.map(([id, one]) => this.#take(id, one)));
  }

  async #take(id, { model_name, model_module, model_module_version, state }) {
    if (this.has_model(id)) {
      const model = await this.get_model(id);
      const follow = async () => model.set_state(await model.constructor._deserialize_state(state, this));
      model.state_change = model.state_change.then(follow); // in turn with what comes live
      await model.state_change;
      return;
    }
    const comm = this.kernel.comm("jupyter.widget", id);
    const named = { model_name, model_module, model_module_version, model_id: id, comm };
    comm.ready = this.new_model(named, state);
    await comm.ready;
  }

  // Ask the kernel for the state of every widget: what was missed while the line was down.
  catchUp() {
    const comm = this.kernel.comm(CONTROL);
    comm.on_msg(async (message) => {
      this.kernel.comms.delete(comm.comm_id);
      await this.load(message.content.data, message.buffers);
    });
    comm.open({}, null, { version: "1.0.0" });
    comm.send({ method: "request_states" });
  }
}
