// Small letters (the grid, the covers): after a change, those in sight are shown anew.
import { exchange } from "./letter.js";

export function miniatures() {
  const seen = new Map();
  let now = 0;
  const watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      seen.set(target, { ...seen.get(target), inSight: isIntersecting });
      if (isIntersecting) renew(target);
    }
  });

  async function renew(frame) {
    const known = seen.get(frame);
    if (!known || known.version === now) return;
    const first = known.version === undefined;
    seen.set(frame, { ...known, version: now });
    if (first) return;
    const answer = await fetch(frame.getAttribute("src"));
    const page = frame.contentDocument;
    if (!answer.ok || !page) return;
    exchange(page, await answer.text());
  }

  return {
    refresh(version) {
      now = version;
      for (const frame of document.querySelectorAll(".mini iframe")) {
        if (seen.has(frame)) { if (seen.get(frame).inSight) renew(frame); continue; }
        seen.set(frame, {});
        watcher.observe(frame);
      }
      for (const frame of seen.keys()) if (!frame.isConnected) { watcher.unobserve(frame); seen.delete(frame); }
    },
  };
}
