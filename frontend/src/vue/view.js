// A widget of ipyvue or ipyvuetify on the page.

import { DOMWidgetView } from "@jupyter-widgets/base";
import { createApp, h } from "vue";
import { VueComponentModel } from "./models.js";
import { named, screen } from "./screen.js";
import { vuetify } from "./vuetify.js";

export class VueView extends DOMWidgetView {
  render() {
    super.render();
    this.shown = this.mount();
  }

  async mount() {
    const { widget_manager: manager } = this.model;
    const models = await Promise.allSettled(Object.values(manager._models));
    const app = createApp({ render: () => h("div", { class: "screen" }, [h(screen(this.model, this))]) });
    app.use(vuetify);
    app.component("jupyter-widget", named(manager, this));
    models
      .map(({ value }) => value)
      .filter((model) => model instanceof VueComponentModel)
      .forEach((model) => app.component(model.get("name"), model.made));
    app.mount(this.el);
    this.app = app;
  }

  remove() {
    this.app?.unmount();
    return super.remove();
  }
}
