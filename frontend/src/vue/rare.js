// All parts of Vuetify, with their styles.

import css from "text:vuetify";
import { addStyle } from "../styles.js";

addStyle(css);

export * from "vuetify/components";
