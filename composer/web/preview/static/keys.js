// Everything by keys; a field that is being written in keeps its own.
import { byId } from "./dom.js";

const SCHEMES = ["light", "dark", "forced"];

export function listenForKeys({ choose, changed }) {
  const help = byId("help");
  const helpButton = byId("help-button");
  let before = null;

  function showHelp(wanted = help.hidden) {
    help.hidden = !wanted;
    helpButton.setAttribute("aria-expanded", String(wanted));
    if (wanted) { before = document.activeElement; byId("help-close").focus(); }
    else before?.focus?.();
  }
  helpButton.addEventListener("click", () => showHelp());
  byId("help-close").addEventListener("click", () => showHelp(false));

  function neighbour(step) {
    const all = [...document.querySelectorAll(".issues a")];
    const here = all.findIndex((link) => link.getAttribute("aria-current") === "page");
    const next = here < 0 ? all[0] : all[here + step];
    if (next) location.href = next.href + location.search;
  }

  function cycle() {
    const now = new URLSearchParams(location.search).get("scheme") || "light";
    const next = SCHEMES[(SCHEMES.indexOf(now) + 1) % SCHEMES.length];
    choose(changed({ scheme: next === "light" ? "" : next }));
  }

  function search() {
    const field = byId("search") || byId("who");
    field?.focus();
    field?.select();
  }

  const plain = {
    ArrowLeft: () => neighbour(-1),
    ArrowRight: () => neighbour(1),
    d: cycle,
    i: () => document.querySelector('[data-toggle="images"]')?.click(),
    f: () => byId("found-button")?.click(),
    r: () => byId("who")?.focus(),
    "/": search,
    "?": () => showHelp(),
    Escape: () => { if (!help.hidden) showHelp(false); else document.activeElement?.blur?.(); },
  };

  function pressed(event) {
    const field = event.target.closest?.("input, select, textarea, [role=slider]");
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (field && event.key !== "Escape") return;
    const view = /^[1-9]$/.test(event.key) && document.querySelector(`.tabs [data-key="${event.key}"]`);
    const action = view ? () => view.click() : plain[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }
  document.addEventListener("keydown", pressed);
  return pressed;
}
