// The live page: learns of changes, fetches only what is looked at, keeps the place.
import { announce, byId, fill, keep } from "./dom.js";
import { letterOf } from "./letter.js";
import { listenForFindings } from "./found.js";
import { listenForKeys } from "./keys.js";
import { listenForReaders } from "./readers.js";
import { dressSource } from "./source.js";
import { miniatures } from "./minis.js";
import { listenForTheme } from "./face.js";
import { openPlace } from "./editor.js";
import { meant } from "./meant.js";

const issue = document.body.dataset.issue;
const home = `/issues/${encodeURIComponent(issue)}`;
const live = byId("live");
const cameWith = Number(document.body.dataset.version);
let version = cameWith;
let running = false;
let again = false;
let state = null;

const letter = letterOf({ width: setWidth, key: (event) => keys(event), place: () => state });
const found = listenForFindings(showPlace);
const minis = miniatures();

// --- what is chosen: all of it is in the URL ------------------------------------------------

function choose(query, hash = "") {
  const line = Number((/^#line-(\d+)$/.exec(hash) || [])[1] || 0);
  history.replaceState(null, "", location.pathname + (query && query !== "?" ? query : "") + hash);
  return refresh({ mark: line, saved: false });
}

function changed(changes) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === "") query.delete(name); else query.set(name, value);
  }
  return `?${query}`;
}

// A place of the text, in the letter that it is the text of: another language, another view.
function showPlace({ file, line, locale }) {
  if (!locale) return;
  const here = byId("view").dataset.view === "preview" && file === state?.file;
  if (here) letter.mark(Number(line));
  else choose(changed(file === state?.file ? { view: "" } : { view: "", locale }), `#line-${line}`);
}

let widthTimer = 0;
function setWidth(width) {
  clearTimeout(widthTimer);
  widthTimer = setTimeout(() => choose(changed({ width: width === 600 ? "" : width })), 120);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  if (link.classList.contains("edit")) {
    event.preventDefault();
    letter.mark(link.dataset.file === state?.file ? Number(link.dataset.line) : 0);
    openPlace(link.href, link.dataset);
  } else if (issue && link.classList.contains("mark")) {
    event.preventDefault();
    const place = link.closest("[data-file]")?.dataset;
    const url = new URL(link.href);
    if (place) showPlace(place);
    else if (byId("view")?.dataset.view === "preview") letter.mark(Number(/\d+$/.exec(url.hash)));
    else choose(meant(link, url.search), url.hash);
  } else if (issue && "live" in link.dataset) {
    event.preventDefault();
    choose(meant(link, new URL(link.href).search));
  }
});

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-live]");
  if (!form || !issue) return;
  event.preventDefault();
  // What was written is now what is chosen: the field may be drawn anew.
  for (const field of form.querySelectorAll("input:not([type=hidden])")) field.defaultValue = field.value;
  const said = [...new FormData(form)].filter(([, value]) => value !== "");
  choose(meant(form, new URLSearchParams(said)));
});
document.addEventListener("change", (event) => {
  event.target.closest("form[data-live]")?.requestSubmit();
});

// --- what is shown ----------------------------------------------------------------------------

// However many changes come, one request runs at a time, and the last word is the newest.
async function refresh(wish) {
  if (!issue) return;
  wished = { ...wished, ...wish };
  if (running) { again = true; return; }
  running = true;
  try {
    do {
      again = false;
      await showNow();
    } while (again);
  } catch {
    live.textContent = "waiting for the preview…";
    document.body.dataset.link = "lost";
  } finally { running = false; }
}
let wished = {};

async function showNow() {
  const wish = wished;
  wished = {};
  const query = location.search;
  const asked = performance.now();
  const answer = await fetch(`${home}/state.json${query}`);
  if (answer.status === 404) { location.href = `/?gone=${encodeURIComponent(issue)}`; return; }
  if (!answer.ok) { location.reload(); return; }
  const told = await answer.json();
  if (query !== location.search) { again = true; wished = { ...wish, ...wished }; return; }
  show(told, wish, query, asked);
}

function show(told, wish, query, asked) {
  const view = new URLSearchParams(query).get("view") || "preview";
  const stage = byId("view");
  const stays = stage.dataset.view === "preview" && view === "preview";
  const before = state;
  state = told.state;
  if (!before && state.version === cameWith) keep("view", told.parts.view);
  for (const [id, html] of Object.entries(told.parts)) {
    if (id !== "view" || !stays) fill(id, html, stage.dataset.view === view, told.said);
  }
  stage.dataset.view = view;
  stage.setAttribute("aria-label", view[0].toUpperCase() + view.slice(1));
  document.body.dataset.view = view;
  const look = new URLSearchParams(query);
  stage.dataset.zoom = look.get("zoom") || "100";
  stage.dataset.scheme = look.get("scheme") || "light";
  if (view === "preview") {
    letter.show(told.letter, state, look, stays);
    if (wish.mark) letter.mark(wish.mark);
    else if (wish.saved && before && state.touched && !state.errors.length) letter.mark(state.touched);
  }
  dressSource();
  minis.refresh(state.version);
  document.title = `${state.title} — preview`;
  document.body.dataset.shown = String(state.version);
  document.body.dataset.link = "live";
  const wrong = state.errors.length;
  document.body.dataset.mistakes = wrong ? "yes" : "no";
  document.body.dataset.good = state.good ? "yes" : "no";
  const roundtrip = Math.round(performance.now() - asked);
  const tally = `${wrong} mistake${wrong === 1 ? "" : "s"}`;
  announce(wrong ? tally : `live · ${Math.round(state.took_ms)} ms`, `seen ${roundtrip} ms after it was asked for`);
  found.refresh(state.version);
  if (state.version < version) again = true;
}

// --- what is heard ----------------------------------------------------------------------------

const events = new EventSource("/events");
const heard = (event) => {
  const told = JSON.parse(event.data);
  const lost = document.body.dataset.link === "lost";
  document.body.dataset.link = "live";
  if (told.version === version && !lost) return;
  version = told.version;
  if (issue) refresh({ saved: true });
  else if (document.querySelector("[data-still]")) live.textContent = "files changed: reload to see";
  else location.reload();
};
events.addEventListener("hello", heard);
events.addEventListener("changed", heard);
events.onerror = () => {
  document.body.dataset.link = "lost";
  live.textContent = "waiting for the preview…";
};

// What no file tells of: the list, a mailing, a database that was mended, a machine that slept.
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "visible") return;
  if (issue) refresh({ saved: true });
  else if (!document.querySelector("[data-still]")) location.reload();
});
if (document.querySelector("[data-trouble]")) {
  setInterval(async () => {
    const answer = await fetch(location.href).catch(() => null);
    if (answer?.ok) location.reload();
  }, 2000);
}

const keys = listenForKeys({ choose, changed, letter });
listenForReaders();
listenForTheme();
letter.adopt();
dressSource();
// Told once: whoever loads the list again has read it.
if (document.querySelector(".notice")) history.replaceState(null, "", location.pathname);
if (issue) {
  const line = Number((/^#line-(\d+)$/.exec(location.hash) || [])[1] || 0);
  document.body.dataset.view = byId("view")?.dataset.view || "";
  refresh({ mark: line });
}
