// Runs in every page before anything of its own. The same for all servers but for the marks:
// the page is ready when its button is to be seen, enabled and uncovered, its table has rows and
// its map has polygons; then the button is clicked, and the page works when its number changes.
(() => {
  if (window.top !== window || location.protocol === "about:") return;
  const MARKS = __MARKS__; // button, count, rows, shapes: selectors; " >>> " looks into shadows
  const ROWS = 10;
  const SHAPES = 209;
  const PATIENCE_MS = 1000; // then the click is taken for lost, and repeated
  const LIMIT_MS = 60000;

  function inside(root, selector) {
    const here = root.shadowRoot ?? root;
    const found = [...here.querySelectorAll(selector)];
    for (const element of here.querySelectorAll("*")) {
      if (element.shadowRoot) found.push(...inside(element, selector));
    }
    return found;
  }

  function all(path) {
    if (!path.includes(" >>> ")) return [...document.querySelectorAll(path)];
    const steps = path.split(" >>> ");
    return steps.reduce((roots, step) => roots.flatMap((root) => inside(root, step)), [document]);
  }

  function isUncovered(element) {
    const box = element.getBoundingClientRect();
    if (!box.width || !box.height) return false;
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    let top = document.elementFromPoint(x, y);
    while (top?.shadowRoot) {
      const deeper = top.shadowRoot.elementFromPoint(x, y);
      if (!deeper || deeper === top) break;
      top = deeper;
    }
    for (let node = top; node; node = node.parentNode ?? node.host) {
      if (node === element) return true;
    }
    return false;
  }

  function isPainted(canvas) {
    if (!canvas.width || !canvas.height) return false;
    const side = 64;
    const small = new OffscreenCanvas(side, side).getContext("2d");
    small.drawImage(canvas, 0, 0, side, side);
    const { data } = small.getImageData(0, 0, side, side);
    const [red, green, blue] = MARKS.colour;
    let alike = 0;
    for (let n = 0; n < data.length; n += 4) {
      const away = Math.abs(data[n] - red) + Math.abs(data[n + 1] - green);
      if (away + Math.abs(data[n + 2] - blue) < 60 && data[n + 3] > 128) alike += 1;
    }
    return alike > (side * side) / 20;
  }

  const TESTS = {
    button: () => all(MARKS.button).some((one) => !one.disabled && isUncovered(one)),
    rows: () => all(MARKS.rows).filter((row) => row.textContent.trim()).length >= ROWS,
    shapes: () => {
      const shapes = all(MARKS.shapes);
      if (shapes.some((one) => one.tagName === "CANVAS")) return shapes.some(isPainted);
      return shapes.filter((one) => (one.getAttribute("d") ?? "").length > 20).length >= SHAPES;
    },
  };

  const number = () => all(MARKS.count)[0]?.textContent.trim() ?? "";

  /** Click once; return the time until the number on the page is another one, or null. */
  function click() {
    const before = number();
    const root = all(MARKS.count)[0].getRootNode();
    const button = all(MARKS.button)[0];
    return new Promise((done) => {
      const start = performance.now();
      const finish = (answer) => {
        observer.disconnect();
        clearTimeout(timer);
        done(answer);
      };
      const observer = new MutationObserver(() => {
        const now = number();
        if (now && now !== before) finish(performance.now() - start);
      });
      const timer = setTimeout(() => finish(null), PATIENCE_MS * 10);
      observer.observe(root, { childList: true, characterData: true, subtree: true });
      button.click();
    });
  }

  const seen = {};
  const frame = () => new Promise(requestAnimationFrame);

  async function open() {
    while (Object.keys(seen).length < Object.keys(TESTS).length) {
      if (performance.now() > LIMIT_MS) throw new Error(`never ready: ${JSON.stringify(seen)}`);
      await frame();
      for (const [name, test] of Object.entries(TESTS)) {
        if (!seen[name] && document.body && test()) seen[name] = performance.now();
      }
    }
    const before = number();
    for (let clicks = 1; performance.now() < LIMIT_MS; clicks += 1) {
      const until = performance.now() + PATIENCE_MS;
      all(MARKS.button)[0].click();
      while (performance.now() < until) {
        if (number() && number() !== before) {
          return { ...seen, worked: performance.now(), clicks, origin: performance.timeOrigin };
        }
        await new Promise((done) => setTimeout(done, 4));
      }
    }
    throw new Error("no click ever worked");
  }

  /** Click every `period` ms for `duration` ms; return how long each took. */
  async function clicks(duration, period) {
    const end = performance.now() + duration;
    const taken = [];
    await new Promise((done) => setTimeout(done, Math.random() * period));
    while (performance.now() < end) {
      const start = performance.now();
      taken.push(await click());
      const rest = period * (0.8 + 0.4 * Math.random()) - (performance.now() - start);
      await new Promise((done) => setTimeout(done, Math.max(rest, 0)));
    }
    return taken;
  }

  window.bench = { opened: open(), clicks };
  window.bench.opened.catch(() => undefined);
})();
