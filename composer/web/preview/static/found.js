// The findings: asked for after the letter is seen, and never in its way.
import { byId, fill } from "./dom.js";

const PATIENCE_MS = 250;

export function listenForFindings(show) {
  let timer = 0;
  let asked = 0;

  async function look(version) {
    asked = version;
    const url = byId("found")?.dataset.url;
    if (!url) return;
    const answer = await fetch(url);
    if (!answer.ok || asked !== version) return;
    const told = await answer.json();
    fill("found-list", told.html);
    const count = told.errors + told.warnings;
    byId("found-count").textContent = count || "";
    badge(told);
    byId("found").dataset.version = String(told.version);
  }

  let last = null;
  function badge(told = last) {
    last = told;
    const shown = byId("found-badge");
    if (!shown || !told) return;
    shown.textContent = told.errors + told.warnings || "";
    shown.dataset.errors = told.errors ? "yes" : "no";
  }

  const panel = byId("found");
  const narrow = matchMedia("(max-width: 1199px)");
  let open = !narrow.matches && localStorage.getItem("newsletter-found") !== "closed";
  function toggle(wanted = !open) {
    open = wanted;
    draw();
    if (!narrow.matches) localStorage.setItem("newsletter-found", open ? "open" : "closed");
  }
  function draw() {
    if (!panel) return;
    document.body.dataset.found = open ? "open" : "closed";
    byId("found-button")?.setAttribute("aria-expanded", String(open));
    badge();
  }
  draw();
  narrow.addEventListener("change", () => toggle(!narrow.matches));
  document.addEventListener("click", (event) => {
    if (event.target.closest("#found-button")) toggle();
    const item = event.target.closest("#found .findings li[data-line]");
    if (item && !event.target.closest("a")) show(item.dataset);
  });

  // The issues' page counts the findings of those that are in sight, one after the other.
  counts();

  return {
    toggle,
    refresh(version) {
      draw();
      clearTimeout(timer);
      if (panel && panel.dataset.version !== String(version)) {
        timer = setTimeout(() => look(version), PATIENCE_MS);
      }
    },
  };
}

function counts() {
  let queue = Promise.resolve();
  const watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      watcher.unobserve(target);
      queue = queue.then(() => count(target)).catch(() => {});
    }
  });
  for (const place of document.querySelectorAll("[data-count]")) watcher.observe(place);
}

async function count(place) {
  const answer = await fetch(place.dataset.count);
  if (!answer.ok) return;
  const { errors, warnings } = await answer.json();
  const said = [[errors, "error"], [warnings, "warning"]].filter(([n]) => n);
  place.textContent = said.map(([n, word]) => `${n} ${word}${n === 1 ? "" : "s"}`).join(", ") || "no findings";
  place.dataset.errors = errors ? "yes" : "no";
}
