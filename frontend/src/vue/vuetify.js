// Vuetify as the desk uses it: the common components at once, icons as drawings, one theme.

import "vuetify/styles";
import { createVuetify } from "vuetify";
import * as common from "./common.js";
import { aliases, mdi } from "vuetify/iconsets/mdi-svg";
import { zhHans } from "vuetify/locale";
import { h } from "vue";
import { icons } from "weiyou:icons";

export const components = common;

const NOTHING = "M12 9.5A2.5 2.5 0 1 0 12 14.5 2.5 2.5 0 1 0 12 9.5Z";

// `mdi-name` is looked up among the names that our sources mention.
const drawn = {
  component: ({ icon, ...rest }) => {
    const known = typeof icon === "string" && icon.startsWith("mdi-") ? (icons[icon] ?? NOTHING) : icon;
    return h(mdi.component, { icon: known, ...rest });
  },
};

const isDark = () => document.documentElement.dataset.theme === "dark";

export const vuetify = createVuetify({
  components,
  icons: { defaultSet: "mdi", aliases, sets: { mdi: drawn } },
  locale: { locale: "zhHans", fallback: "zhHans", messages: { zhHans } },
  theme: { defaultTheme: isDark() ? "dark" : "light" },
});

const follow = () => vuetify.theme.change(isDark() ? "dark" : "light");
new MutationObserver(follow).observe(document.documentElement, { attributeFilter: ["data-theme"] });
