// The models of ipyvue and ipyvuetify that screens of the desk are made of.

import { DOMWidgetModel, WidgetModel, unpack_models } from "@jupyter-widgets/base";
import { component } from "./sources.js";

export class VueTemplateModel extends DOMWidgetModel {
  defaults() {
    return { ...super.defaults(), template: null, events: [], components: null };
  }
}
VueTemplateModel.serializers = {
  ...DOMWidgetModel.serializers,
  template: { deserialize: unpack_models },
  components: { deserialize: unpack_models },
};

export class VuetifyTemplateModel extends VueTemplateModel {}

// The text of a template that several widgets share.
export class TemplateModel extends WidgetModel {}

// A named component that any template may use as a tag.
export class VueComponentModel extends DOMWidgetModel {
  get made() {
    this.compiled ??= component(this.get("component"));
    return this.compiled;
  }
}

export class ForceLoadModel extends DOMWidgetModel {}
