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
    kernel.opened = (comm, message) => {
      comm.ready = this.handle_comm_open(comm, message);
    };
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

  // Make the widgets whose states the page has brought along, or has asked for.
  async load({ states, buffer_paths: paths = [] }, buffers = []) {
    paths.forEach(([id, ...path], place) => {
      base.put_buffers(states[id].state, [path], [buffers[place]]);
    });
    await Promise.all(Object.entries(states).map(([id, one]) => this.#take(id, one)));
  }

  async #take(id, { model_name, model_module, model_module_version, state }) {
    if (this.has_model(id)) {
      const model = await this.get_model(id);
      model.set_state(await model.constructor._deserialize_state(state, this));
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
