// The colours that a kernel sets for Vuetify.

import { WidgetModel } from "@jupyter-widgets/base";
import { vuetify } from "./vuetify.js";

export class ThemeModel extends WidgetModel {}

export class ThemeColorsModel extends WidgetModel {
  initialize(attributes, options) {
    super.initialize(attributes, options);
    this.apply();
    this.on("change", () => this.apply());
  }

  apply() {
    const theme = vuetify.theme.themes.value[this.get("_theme_name")];
    if (!theme) return;
    for (const name of this.keys().filter((one) => !one.startsWith("_"))) {
      const colour = this.get(name);
      if (typeof colour === "string") theme.colors[name.replaceAll("_", "-")] = colour;
    }
  }
}
