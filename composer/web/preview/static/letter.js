// The letter in its frame: exchanged without a flash, and tied to the lines that made it.
import { byId } from "./dom.js";
import { openPlace } from "./editor.js";
import { linesOf } from "./lines.js";

const HOVER = "data-preview-hover";
const MARK = "data-preview-mark";
// Our own marks, inside the letter's document while it is looked at; no letter is sent with them.
const OURS = `
[${HOVER}] { outline: 1px solid #0b5a7599 !important; outline-offset: 3px !important; cursor: pointer !important; }
[${MARK}] { animation: preview-mark 1.6s ease-out !important; border-radius: 2px; }
@keyframes preview-mark {
  0%, 40% { box-shadow: 0 0 0 4px #f2c14e66, inset 0 0 0 999px #f2c14e2e; }
  100% { box-shadow: 0 0 0 4px #f2c14e00, inset 0 0 0 999px #f2c14e00; }
}
@media (prefers-reduced-motion: reduce) {
  [${MARK}] { animation: none !important; outline: 2px solid #b7791f !important; outline-offset: 3px !important; }
}`;

// Parsed by the frame's own document: its policy lets a letter's inline styles be, ours does not.
export function exchange(page, html) {
  const root = page.documentElement;
  root.innerHTML = html;
  for (const name of ["lang", "dir"]) {
    const said = new RegExp(`<html[^>]*?\\s${name}="([^"<>]*)"`, "i").exec(html);
    if (said) root.setAttribute(name, said[1]); else root.removeAttribute(name);
  }
}

export function letterOf({ width, key, place }) {
  let lines = null;
  let marked = 0;
  let pending = 0;
  let waiting = 0;
  const seen = new ResizeObserver(() => fit());

  const frame = () => byId("letter");
  const page = () => frame()?.contentDocument;

  // A frame as tall as its letter: one scroll bar, and one place to keep.
  function fit() {
    const body = page()?.body;
    if (!body) return;
    const height = Math.max(body.scrollHeight, Math.ceil(body.getBoundingClientRect().height), 120);
    if (frame().style.height !== `${height}px`) frame().style.height = `${height}px`;
    const zoom = Number(byId("view").dataset.zoom || 100) / 100;
    const sheet = byId("sheet");
    sheet.style.height = `${Math.ceil(height * zoom)}px`;
    sheet.style.width = `${Math.ceil(frame().offsetWidth * zoom)}px`;
    byId("inboxrow").style.maxWidth = `max(100%, ${sheet.style.width})`;
  }

  function dress() {
    const inside = page();
    if (!inside?.body || !inside.head) return;
    if (!inside.getElementById("preview-own")) {
      const style = inside.createElement("style");
      style.id = "preview-own";
      style.textContent = OURS;
      inside.head.append(style);
    }
    lines = place() ? linesOf(inside, place().blocks) : null;
    seen.disconnect();
    seen.observe(inside.body);
    fit();
  }

  function listen() {
    const inside = page();
    if (!inside || inside.heard) return;
    inside.heard = true;
    inside.addEventListener("click", clicked);
    inside.addEventListener("keydown", key);
    inside.addEventListener("pointerover", hovered);
    inside.addEventListener("pointerleave", () => hover(null));
  }

  function clicked(event) {
    const link = event.target.closest?.("a[href]");
    if (link && (event.ctrlKey || event.metaKey)) return;
    if (link) event.preventDefault();
    if (link?.getAttribute("href").startsWith("#")) {
      const target = page().getElementById(decodeURIComponent(link.getAttribute("href").slice(1)));
      if (target) { scrollTo(target); return; }
    }
    const found = lines?.at(event.target);
    const state = place();
    if (!found || !state || !page().getSelection().isCollapsed) return;
    const url = state.edit.replace("{line}", found.line).replace("{column}", 1);
    openPlace(url, { file: state.file, line: found.line, column: 1 });
  }

  let under = null;
  function hovered(event) { hover(lines?.at(event.target)?.element || null); }
  function hover(element) {
    if (element === under) return;
    under?.removeAttribute(HOVER);
    under = element;
    under?.setAttribute(HOVER, "");
  }

  function scrollTo(element) {
    const stage = byId("view");
    const zoom = Number(stage.dataset.zoom || 100) / 100;
    const box = element.getBoundingClientRect();
    const top = frame().getBoundingClientRect().top - stage.getBoundingClientRect().top + box.top * zoom;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (top >= 24 && top + Math.min(box.height * zoom, 120) <= stage.clientHeight - 24) return;
    stage.scrollTo({ top: stage.scrollTop + top - stage.clientHeight / 3, behavior: calm ? "auto" : "smooth" });
  }

  function mark(line) {
    if (!line) return;
    if (!page()?.body) { pending = line; return; }  // another view: marked when the letter is there
    const element = lines?.of(line);
    if (!element) { pending = lines ? 0 : line; return; }
    page().querySelector(`[${MARK}]`)?.removeAttribute(MARK);
    void element.offsetWidth;
    element.setAttribute(MARK, String(line));
    document.body.dataset.marked = String(line);
    scrollTo(element);
    clearTimeout(marked);
    marked = setTimeout(() => element.removeAttribute(MARK), 2000);
  }

  // Before the frame's own document is there, an empty one with this page's policy stands in its
  // place: in that no letter can be shown, and what was would be taken away by the one that comes.
  const isThere = () => page().URL !== "about:blank" && page().readyState !== "loading" && page().body;

  // The document stays and only its content is exchanged: no flash, and the place is kept.
  function show(html, state, look, stays) {
    const width = look.get("width") || "600";
    if (frame().getAttribute("width") !== width) frame().setAttribute("width", width);
    const handle = byId("handle");
    handle.setAttribute("aria-valuenow", width);
    handle.setAttribute("aria-valuetext", `${width} pixels`);
    clearTimeout(waiting);
    if (!stays) { adopt(); return; }
    put(html);
  }

  function put(html) {
    if (html === undefined || !page()) { dress(); return; }
    if (!isThere()) { waiting = setTimeout(() => put(html), 20); return; }
    if (html !== show.last || page().heard === undefined) {
      show.last = html;
      exchange(page(), html);
      under = null;
    }
    listen();
    dress();
    if (pending) { const line = pending; pending = 0; mark(line); }
  }

  // A frame that has just been put into the page loads by itself.
  function adopt() {
    const inner = frame();
    if (!inner) return;
    const ready = () => {
      if (!page()?.body) return;
      listen();
      dress();
      if (pending) { const line = pending; pending = 0; mark(line); }
    };
    inner.addEventListener("load", ready);
    lines = null;
    if (page()?.readyState === "complete" && page().URL !== "about:blank") ready();
    drag(byId("handle"));
  }

  // --- the handle at the letter's edge ------------------------------------------------------

  function drag(handle) {
    let from = 0;
    let was = 0;
    const set = (value) => {
      const now = Math.round(Math.min(1600, Math.max(240, value)));
      frame().setAttribute("width", now);
      handle.setAttribute("aria-valuenow", now);
      handle.setAttribute("aria-valuetext", `${now} pixels`);
      handle.dataset.width = `${now}`;
      const number = byId("width");
      if (number) number.value = now;
      fit();
      return now;
    };
    const zoom = () => Number(byId("view").dataset.zoom || 100) / 100;
    handle.addEventListener("pointerdown", (event) => {
      from = event.clientX;
      was = Number(frame().getAttribute("width"));
      handle.setPointerCapture(event.pointerId);
      byId("sheet").dataset.dragging = "";
    });
    handle.addEventListener("pointermove", (event) => {
      // The letter is centred: both of its edges move.
      if (handle.hasPointerCapture(event.pointerId)) set(was + (2 * (event.clientX - from)) / zoom());
    });
    handle.addEventListener("pointerup", () => {
      delete byId("sheet").dataset.dragging;
      width(Number(frame().getAttribute("width")));
    });
    handle.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1, PageDown: -10, PageUp: 10 }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      width(set(Number(frame().getAttribute("width")) + step * (event.shiftKey ? 10 : 1)));
    });
  }

  return { show, mark, adopt, fit };
}
