// A template widget as a component: its traits are the component's data, its events methods.

import { Widget } from "@lumino/widgets";
import { h, markRaw } from "vue";
import { TemplateModel, VueTemplateModel } from "./models.js";
import { component } from "./sources.js";

const ABOUT = ["events", "template", "components", "layout", "css", "data", "methods"];
const copy = (value) => (value === undefined ? null : JSON.parse(JSON.stringify(value)));
const same = (one, other) => one === other || JSON.stringify(one) === JSON.stringify(other);
const traits = (model) => model.keys().filter((key) => !key.startsWith("_") && !ABOUT.includes(key));

export function screen(model, view) {
  if (!(model instanceof VueTemplateModel)) return nested(model, view);
  const held = model.get("template");
  const source = held instanceof TemplateModel ? held.get("template") : held;
  const bound = binding(model, view);
  return component(source, ({ render, setup, __scopeId, components, ...options }) => ({
    ...(setup && { setup }),
    ...(__scopeId && { __scopeId }),
    render,
    components,
    mixins: [options, bound],
  }));
}

function binding(model, view) {
  return {
    data: () => Object.fromEntries(traits(model).map((key) => [key, copy(model.get(key))])),
    watch: Object.fromEntries(traits(model).map((key) => [key, telling(model, view, key)])),
    methods: Object.fromEntries((model.get("events") ?? []).map((name) => [name, sending(model, view, name)])),
    created() {
      hear(model, this);
    },
    beforeUnmount() {
      model.off(null, null, this);
    },
  };
}

// What changes in the page is told to the kernel, but not what came from there.
function telling(model, view, key) {
  return {
    deep: true,
    handler(value) {
      if (same(value, model.get(key))) return;
      model.set(key, copy(value));
      model.save_changes(model.callbacks(view));
    },
  };
}

function sending(model, view, event) {
  return (value, buffers) => {
    const data = value instanceof Event ? {} : copy(value);
    model.send({ event, data }, model.callbacks(view), buffers);
  };
}

function hear(model, page) {
  for (const key of traits(model)) {
    model.on(`change:${key}`, () => {
      if (!same(model.get(key), page[key])) page[key] = copy(model.get(key));
    }, page);
  }
  model.on("msg:custom", ({ method, args }, buffers) => {
    if (method) page[`jupyter_${method}`]?.(...(args ?? []), buffers);
  }, page);
}

// A widget of another library inside a template.
export function nested(model, view) {
  return {
    async mounted() {
      const child = await view.create_child_view(model);
      if (!this.$el?.isConnected) {
        child.remove();
        return;
      }
      Widget.attach(child.luminoWidget, this.$el);
      this.leave = () => child.remove();
    },
    beforeUnmount() {
      this.leave?.();
    },
    render: () => h("div", { style: { height: "100%" } }),
  };
}

// The tag `<jupyter-widget :widget="…">`.
export function named(manager, view) {
  return {
    props: ["widget"],
    data: () => ({ shown: null }),
    watch: { widget: { immediate: true, handler: "find" } },
    methods: {
      async find() {
        const model = await manager.get_model(this.widget.slice("IPY_MODEL_".length));
        this.shown = markRaw(screen(model, view));
      },
    },
    render() {
      return this.shown ? h(this.shown) : h("div");
    },
  };
}
