// What a control means: the difference it makes, not the state that it was drawn for.
//
// A control's query is its page's state with one thing changed. When two are used before the page was
// drawn anew, the second must not take back the first: only what it changes is taken over.
export function meant(control, query) {
  const drawn = new URLSearchParams(control.closest("[data-said]")?.dataset.said);
  const wanted = new URLSearchParams(query);
  const now = new URLSearchParams(location.search);
  const set = (name, value) => { if (value === null) now.delete(name); else now.set(name, value); };
  for (const name of new Set([...drawn.keys(), ...wanted.keys()])) {
    const from = drawn.get(name);
    const to = wanted.get(name);
    if (from === to) continue;
    // A switch that is pressed twice is as it was.
    set(name, "toggle" in control.dataset && now.get(name) === to ? from : to);
  }
  return `?${now}`;
}
