// From the text of a template to a component. The screens of the house were compiled when this file
// was built and are found by their text; any other is compiled here, where the page allows that.

import { defineAsyncComponent } from "vue";
import { screens } from "weiyou:screens";
import { fingerprint } from "../fingerprint.js";

export function component(source, finish = (made) => made) {
  const known = screens[fingerprint(source)];
  if (known) return finish(known);
  return defineAsyncComponent(async () => {
    const { compiled } = await import("./compiling.js");
    return finish(await compiled(source));
  });
}
