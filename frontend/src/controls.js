// The plain controls of ipywidgets: buttons, labels, boxes.

import css from "text:controls.css";
import { addStyle } from "./styles.js";

addStyle(css);

export * from "@jupyter-widgets/controls";
