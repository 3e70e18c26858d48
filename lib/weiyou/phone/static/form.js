/*
 * The scanned page, as far as it must be there at once: the draft that is never lost and the way to
 * hand it in. What comes after (sending, telling, photos, voice) is fetched when the page can be
 * used already.
 */

import { fresh, handIn, isEmpty, load, save } from "./draft.js";

const SAVE_MS = 400;
const FIELDS = ["text", "category", "name", "phone", "place"];
const byId = (id) => document.getElementById(id);
const form = byId("form");
const token = document.body.dataset.token;

/** What the modules of this page share: the draft, and what shows its photos and voice. */
export const page = { token, form, byId, draft: fresh(token), strip: null, recorder: null };

const SAVED = byId("saved").textContent;

let saving = 0;
let saved = Promise.resolve();
const after = new Promise((resolve) => { page.begin = resolve; });
const outcome = () => import("./outcome.js");

/* ---- the fields ---- */

function readFields() {
  const data = new FormData(form);
  for (const name of FIELDS) page.draft[name] = data.get(name) || "";
}

/** Show another draft, or this one anew. */
export function use(draft) {
  page.draft = draft;
  byId("saved").textContent = SAVED;
  for (const name of FIELDS) form.elements[name].value = draft[name];
  showKind();
  countText();
  if (page.strip) page.strip.use(draft.photos);
  if (page.recorder) page.recorder.show(draft.voice);
  showPlace();
}

function showKind() {
  const chosen = form.querySelector("[name=category]:checked");
  if (chosen) byId("kind").textContent = chosen.nextElementSibling.firstChild.textContent;
}

function countText() {
  const { maxLength, value } = form.elements.text;
  const left = maxLength - value.length;
  byId("text-left").textContent = left < 500 ? `还能写 ${left} 字` : "";
}

export function showPlace(words = "") {
  const where = page.draft.location;
  byId("locate").checked = Boolean(where || words);
  byId("located").textContent = words
    || (where ? `已附上位置，误差约 ${where.accuracy_m} 米` : "只用来找到地方，不勾也能提交");
}

/** Say what is wrong beside the field, and bring it into view; without words, take it back. */
export function point(field, words) {
  const name = field === "photo" ? "photos" : field;
  const place = form.querySelector(`[data-problem="${name}"]`) || form.querySelector(".general");
  const box = place.closest(".field") || place;
  place.textContent = "";
  box.classList.toggle("wrong", Boolean(words));
  if (!words) return;
  const line = Object.assign(document.createElement("p"), { className: "problem", textContent: words });
  line.setAttribute("role", "alert");
  place.append(line);
  const fold = place.closest("details");
  if (fold) fold.open = true;
  const control = box.classList.contains("field") && box.querySelector("textarea, input");
  if (control) control.focus();
  line.scrollIntoView({ block: "center" });
}

function clearProblems() {
  for (const place of form.querySelectorAll("[data-problem]")) place.textContent = "";
  for (const box of form.querySelectorAll(".wrong")) box.classList.remove("wrong");
}

/* ---- keeping ---- */

function later() {
  clearTimeout(saving);
  saving = setTimeout(keep, SAVE_MS);
}

/** Keep the draft on the phone now. */
export function keep() {
  clearTimeout(saving);
  readFields();
  const { draft } = page;
  saved = saved.then(() => save(draft)).then(async (isMine) => {
    if (!isMine && draft === page.draft) (await outcome()).show(draft.key);
    else if (!isEmpty(draft)) byId("saved").textContent = "已存在手机里，断网、关掉页面都不会丢";
  }).catch(() => {
    byId("saved").textContent = "这部手机存不下草稿，请写好后直接提交";
  });
  return saved;
}

/* ---- handing in ---- */

function missing() {
  if (page.recorder && page.recorder.recorder) return ["voice", "正在录音，请先点一下停止。"];
  if (page.strip && page.strip.busy) return ["photos", "照片正在处理，请稍等一下再提交。"];
  if (!page.strip && byId("photos").files.length) {
    return ["photos", "照片还在准备，请过几秒再提交；没有网络时，请先只交文字。"];
  }
  if (page.draft.text.trim() || page.draft.voice) return null;
  return ["text", "请写下您要反映的事情，或录一段语音。"];
}

async function submit(event) {
  event.preventDefault();
  clearProblems();
  readFields();
  const wrong = missing();
  if (wrong) {
    point(...wrong);
    return;
  }
  clearTimeout(saving);
  await saved;
  let item;
  try {
    item = await handIn(page.draft, form.elements.notice_version.value, Date.now());
  } catch (fault) {
    form.submit(); // a browser that keeps nothing: hand in as a plain form
    return;
  }
  try {
    (await outcome()).show(item.key, true);
  } catch (fault) { // the network went before the rest of the page came
    point("", "已存在手机里，还没有发出。有网后再打开这个页面，会自动发送，只发一次。");
  }
}

async function begin() {
  form.addEventListener("submit", submit);
  form.addEventListener("input", () => { countText(); later(); });
  form.addEventListener("change", showKind);
  addEventListener("pagehide", () => { if (!form.hidden) keep(); });
  readFields();
  countText();
  performance.mark("interactive");
  const kept = await load(token);
  if (kept && isEmpty(page.draft)) use(kept); // whoever was quicker than the phone goes first
  page.begin();
}

begin().catch((fault) => { // a browser that keeps nothing: what follows is a plain form
  document.documentElement.classList.remove("js");
  console.warn("the phone keeps no drafts", fault);
});
after.then(async () => {
  const [telling, tools] = await Promise.all([outcome(), import("./tools.js")]);
  tools.begin();
  await telling.begin();
}).catch(() => { // cut off half-way: the draft is kept, come again with the network
  addEventListener("online", () => location.reload(), { once: true });
});
