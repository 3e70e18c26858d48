// Templates that came with an app, compiled in the page. The result is imported as a blob: the page
// of such an app allows that, and never `eval`.

import * as Vue from "vue";
import { compile } from "@vue/compiler-dom";
import { addStyle } from "../styles.js";
import { components } from "./vuetify.js";

const VUE = "__weiyou_vue";
const MADE = "__weiyou_made";
const TAGS = /<(v-[a-z-]+)/g;

export async function compiled(source) {
  window[VUE] = Vue;
  const blocks = [...new DOMParser().parseFromString(`<body>${source}`, "text/html").body.children];
  const block = (name) => blocks.find((one) => one.localName === name);
  const content = source.slice(source.indexOf("<template>") + 10, source.lastIndexOf("</template>"));
  const script = block("script")?.textContent;
  const options = script ? (await import(address(script))).default : {};
  blocks.filter((one) => one.localName === "style").forEach((one) => addStyle(one.textContent));
  return {
    ...options,
    render: await rendering(content),
    components: { ...(await missing(content)), ...options.components },
  };
}

// The code looks names up with `with`, so it must run as a script, not as a module.
async function rendering(content) {
  const { code } = compile(content, { mode: "function", prefixIdentifiers: false, hoistStatic: true });
  const script = document.createElement("script");
  script.src = address(`window.${MADE} = (function (Vue) { ${code} })(window.${VUE});`);
  await new Promise((done, failed) => {
    script.onload = done;
    script.onerror = () => failed(new Error("this page does not allow templates of its own"));
    document.head.append(script);
  });
  const render = window[MADE];
  render._rc = true;
  return render;
}

// Vuetify's rarer parts are fetched when a template names one.
async function missing(content) {
  const names = [...content.matchAll(TAGS)].map(([, tag]) => pascal(tag));
  const absent = names.filter((one) => !components[one]);
  if (!absent.length) return {};
  const all = await import("./rare.js");
  return Object.fromEntries(absent.filter((one) => all[one]).map((one) => [one, all[one]]));
}

const pascal = (tag) => tag.replace(/(^|-)([a-z])/g, (_, __, letter) => letter.toUpperCase());

const address = (code) => URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
