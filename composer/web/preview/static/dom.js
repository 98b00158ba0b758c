// Small things that every module needs.
export const byId = (id) => document.getElementById(id);

const filled = new Map();

// Exchange what an element holds, if it is not the same already; a field in use is left alone.
// `said` is the query that it was drawn for.
export function fill(id, html, keepPlace = true, said = undefined) {
  const place = byId(id);
  if (!place) return;
  if (filled.get(id) === html) { stamp(place, said); return; }
  const active = document.activeElement;
  const busy = place.contains(active) && active.matches("input:not([type=search]), select");
  if (busy && active.value !== active.defaultValue && active.tagName === "INPUT") return;
  const key = place.contains(active) ? pathOf(active) : null;
  const top = place.scrollTop;
  filled.set(id, html);
  place.innerHTML = html;
  stamp(place, said);
  place.scrollTop = keepPlace ? top : 0;
  if (key !== null) focusAgain(place, key);
}

// What the page came with and is still so counts as filled in: frames would load twice. Where
// there are fields it does not: a browser may have put back into them what was written before.
export function keep(id, html) {
  const place = byId(id);
  const told = document.createElement("template");
  told.innerHTML = html;
  if (place.innerHTML !== told.innerHTML || place.querySelector("input, select")) return;
  filled.set(id, html);
}

function stamp(place, said) {
  if (said !== undefined) place.dataset.said = said;
}

// Who had the focus keeps it: by id, or by its place among the links.
function pathOf(element) {
  if (element.id) return `#${element.id}`;
  const all = [...element.closest("[id]").querySelectorAll("a, button, input, select")];
  return all.indexOf(element);
}

function focusAgain(place, key) {
  const wanted = typeof key === "string"
    ? place.querySelector(key)
    : place.querySelectorAll("a, button, input, select")[key];
  wanted?.focus({ preventScroll: true });
}

// The status line; screen readers hear it when it says something new.
export function announce(text, title = "") {
  const live = byId("live");
  if (live.textContent !== text) live.textContent = text;
  live.title = title;
}
