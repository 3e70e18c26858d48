// Builds what the browser runs in an open app: `npm ci && npm run build`.
//
// Files are named after their content and kept compressed beside it. `manifest.json` tells the server
// which to name in a page, and from which sources they were made.

import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import * as icons from "@mdi/js";
import { compileScript, compileTemplate, parse } from "@vue/compiler-sfc";
import { build } from "esbuild";
import { fingerprint } from "./src/fingerprint.js";

const HERE = dirname(fileURLToPath(import.meta.url));
const PACKAGE = resolve(HERE, "../lib/weiyou");
const SCREENS = join(PACKAGE, "widgets");
const OUT = join(PACKAGE, "desk/static/app");
const LAZY = {
  leaflet: "src/leaflet.js",
  controls: "src/controls.js",
  compiling: "src/vue/compiling.js",
};

const VUETIFY_CSS = /node_modules\/vuetify\/.*\.css$/;
const FIRST_STYLES = `
  import "vuetify/styles";
  export * from "./src/vue/common.js";
  export * from "weiyou:screens";
`;

const COMMON = {
  absWorkingDir: HERE,
  bundle: true,
  minify: true,
  target: ["chrome90", "firefox90", "safari15"],
  loader: { ".png": "dataurl", ".svg": "dataurl", ".gif": "dataurl" },
  legalComments: "none",
  logLevel: "warning",
};

async function files(folder, ending) {
  const found = await readdir(folder, { recursive: true });
  return found.filter((name) => name.endsWith(ending)).sort().map((name) => join(folder, name));
}

// ---- modules made while building ---------------------------------------------------------------

async function screens() {
  const paths = await files(join(SCREENS, "vue"), ".vue");
  const lines = await Promise.all(
    paths.map(async (path, place) => {
      const key = fingerprint(await readFile(path, "utf-8"));
      return [`import one${place} from ${JSON.stringify(path)};`, `"${key}": one${place},`];
    }),
  );
  const [imports, entries] = [0, 1].map((half) => lines.map((line) => line[half]).join("\n"));
  return `${imports}\nexport const screens = {\n${entries}\n};`;
}

async function named() {
  const names = new Set();
  for (const path of [...(await files(SCREENS, ".vue")), ...(await files(SCREENS, ".py"))]) {
    for (const [name] of (await readFile(path, "utf-8")).matchAll(/mdi-[a-z0-9-]+/g)) names.add(name);
  }
  return [...names].sort();
}

async function drawings() {
  const names = await named();
  const drawing = (name) => icons[name.replace(/-([a-z0-9])/g, (_, sign) => sign.toUpperCase())];
  const unknown = names.filter((name) => !drawing(name));
  if (unknown.length) throw new Error(`no such icons: ${unknown}`);
  const table = Object.fromEntries(names.map((name) => [name, drawing(name)]));
  return `export const icons = ${JSON.stringify(table)};`;
}

// One file component as a module: script, render function, and its styles as an import.
async function single(path) {
  const source = await readFile(path, "utf-8");
  const id = fingerprint(source);
  const { descriptor, errors } = parse(source, { filename: path });
  if (errors.length) throw errors[0];
  const { script, template, styles } = descriptor;
  if (styles.some((style) => style.scoped)) throw new Error(`${path}: scoped styles are not built`);
  const compiled = script && compileScript(descriptor, { id });
  const rendered = compileTemplate({
    source: template.content,
    filename: path,
    id,
    compilerOptions: { bindingMetadata: compiled?.bindings ?? {}, prefixIdentifiers: true },
  });
  if (rendered.errors.length) throw rendered.errors[0];
  const options = compiled ? compiled.content.replace("export default", "const options =") : "const options = {};";
  const style = styles.length ? `import ${JSON.stringify(`${path}?style`)};` : "";
  return `${style}\n${options}\n${rendered.code}\nexport default { ...options, render };`;
}

// All styles that a piece of code asks for, as one text.
async function styles(contents) {
  const { outputFiles } = await build({
    ...COMMON,
    stdin: { contents, resolveDir: HERE },
    outdir: OUT,
    write: false,
    plugins: [made, replaced, layered],
  });
  return outputFiles.find((file) => file.path.endsWith(".css")).text;
}

// Vuetify's styles lie in a layer below all others.
const layered = {
  name: "layered",
  setup({ onLoad }) {
    onLoad({ filter: VUETIFY_CSS }, async ({ path }) => ({
      contents: `@layer vuetify { ${await readFile(path, "utf-8")} }`,
      loader: "css",
    }));
  },
};

// Scripts are built without styles: those are put together by `styles`.
const bare = {
  name: "bare",
  setup({ onLoad }) {
    onLoad({ filter: VUETIFY_CSS }, () => ({ contents: "", loader: "empty" }));
    onLoad({ filter: /.*/, namespace: "style" }, () => ({ contents: "", loader: "empty" }));
  },
};

const made = {
  name: "made",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^weiyou:/ }, ({ path }) => ({ path, namespace: "made" }));
    onLoad({ filter: /.*/, namespace: "made" }, async ({ path }) => ({
      contents: await { "weiyou:screens": screens, "weiyou:icons": drawings }[path](),
      resolveDir: HERE,
    }));
    onResolve({ filter: /\.vue\?style$/ }, ({ path }) => ({ path, namespace: "style" }));
    onLoad({ filter: /.*/, namespace: "style" }, async ({ path }) => {
      const { descriptor } = parse(await readFile(path.replace("?style", ""), "utf-8"));
      return { contents: descriptor.styles.map((style) => style.content).join("\n"), loader: "css" };
    });
    onLoad({ filter: /\.vue$/ }, async ({ path }) => ({ contents: await single(path), resolveDir: HERE }));
    onResolve({ filter: /^text:/ }, ({ path }) => ({ path: path.slice(5), namespace: "text" }));
    onLoad({ filter: /.*/, namespace: "text" }, async ({ path }) => ({
      contents: await styles(path === "vuetify" ? 'export * from "vuetify/components";' : `import "./src/${path}";`),
      loader: "text",
    }));
  },
};

// Modules of libraries that are left out, and what stands in for them. A layer of tiles without an
// address asks nobody.
const replaced = {
  name: "replaced",
  setup({ onResolve, onLoad }) {
    onLoad({ filter: /jupyter-leaflet\/lib\/layers\/TileLayer\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf-8")).replace(/'https:[^']*'/, "''"),
    }));
    const ours = (name) => ({ path: join(HERE, "src", name) });
    onResolve({ filter: /^sanitize-html$/ }, () => ours("no_html.js"));
    onResolve({ filter: /^jquery$/ }, () => ours("no_jquery.js"));
    onResolve({ filter: /\/leaflet$/ }, ({ importer }) =>
      importer.includes("jupyter-leaflet") ? ours("plain_leaflet.js") : undefined,
    );
    onResolve({ filter: /\/jupyter-leaflet$/ }, ({ importer }) =>
      importer.includes("jupyter-leaflet") ? ours("leaflet.js") : undefined,
    );
    onResolve({ filter: /^~/ }, ({ path, kind, importer, resolveDir }) => ({
      path: join(HERE, "node_modules", path.slice(1)),
    }));
  },
};

// ---- building ----------------------------------------------------------------------------------

async function compress(path) {
  const content = await readFile(path);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
  await writeFile(`${path}.br`, brotliCompressSync(content, { params }));
  await writeFile(`${path}.gz`, gzipSync(content, { level: 9 }));
}

async function sources() {
  const own = [
    ...(await files(join(HERE, "src"), "")).filter((path) => /\.(js|css)$/.test(path)),
    ...["build.mjs", "package.json", "package-lock.json"].map((name) => join(HERE, name)),
    ...(await files(SCREENS, ".vue")),
  ];
  const digest = async (path) => createHash("sha256").update(await readFile(path)).digest("hex");
  const lines = await Promise.all(own.map(async (path) => [relative(dirname(HERE), path), await digest(path)]));
  return Object.fromEntries(lines);
}

function parts({ outputs }) {
  const name = (path) => relative(OUT, resolve(HERE, path));
  const needed = (path, seen = new Set()) => {
    if (!seen.has(path)) {
      seen.add(path);
      outputs[path].imports.filter((one) => one.kind === "import-statement").forEach((one) => needed(one.path, seen));
    }
    return seen;
  };
  const of = (source) => Object.keys(outputs).find((path) => outputs[path].entryPoint === source);
  const main = of("src/main.js");
  const first = needed(main);
  const later = ([part, source]) => [part, [...needed(of(source))].filter((path) => !first.has(path)).map(name)];
  return {
    script: name(main),
    with: [...first].filter((path) => path !== main).map(name),
    parts: Object.fromEntries(Object.entries(LAZY).map(later)),
  };
}

// What was taken in, and under which licence.
async function licences({ inputs }) {
  const roots = new Set(
    Object.keys(inputs).flatMap((path) => path.match(/^node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+/) ?? []),
  );
  roots.add("node_modules/@mdi/js"); // its drawings are taken one by one
  const texts = [...roots].sort().map(async (root) => {
    const folder = join(HERE, root);
    const { name, version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf-8"));
    const file = (await readdir(folder)).find((one) => /^licen[cs]e/i.test(one));
    const text = file ? await readFile(join(folder, file), "utf-8") : "";
    return `${name} ${version} (${license})\n\n${text.trim()}\n`;
  });
  return (await Promise.all(texts)).join(`\n${"-".repeat(80)}\n\n`);
}

await rm(OUT, { recursive: true, force: true });
await mkdir(OUT, { recursive: true });
const { metafile } = await build({
  ...COMMON,
  entryPoints: { main: "src/main.js" },
  outdir: OUT,
  format: "esm",
  splitting: true,
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  metafile: true,
  plugins: [bare, made, replaced],
  define: {
    "process.env.NODE_ENV": '"production"',
    __VUE_OPTIONS_API__: "true",
    __VUE_PROD_DEVTOOLS__: "false",
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false",
  },
});
const css = await styles(FIRST_STYLES);
const style = `style-${createHash("sha256").update(css).digest("hex").slice(0, 8).toUpperCase()}.css`;
await writeFile(join(OUT, style), css);
for (const path of await files(OUT, "")) await compress(path);
await writeFile(join(OUT, "licences.txt"), await licences(metafile));
const manifest = { ...parts(metafile), style, icons: await named(), sources: await sources() };
await writeFile(join(OUT, "manifest.json"), `${JSON.stringify(manifest, null, 1)}\n`);
