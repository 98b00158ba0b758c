// The view Compare: both letters as tall as the taller one, and one seen through the other.
import { byId } from "./dom.js";

const fit = () => {
  const frames = [...document.querySelectorAll(".sheets iframe")];
  const heights = frames.map((frame) => frame.contentDocument?.body?.scrollHeight || 0);
  const height = Math.max(...heights, 0);
  if (height) for (const frame of frames) frame.style.height = `${height}px`;
  // Beside each other, both fit: a letter that is half out of sight compares badly.
  const sheets = document.querySelector('[data-laid="beside"] .sheets');
  if (!sheets) return;
  sheets.style.zoom = "";
  const room = sheets.closest(".compare").clientWidth - 48;
  const wide = frames.reduce((sum, frame) => sum + frame.offsetWidth, 24);
  sheets.style.zoom = String(Math.min(1, room / wide));
};

// A frame's load does not bubble, but it can be caught on its way down.
document.addEventListener("load", (event) => {
  if (event.target.closest?.(".sheets")) fit();
}, true);
window.addEventListener("resize", fit);
document.addEventListener("input", (event) => {
  if (event.target.id !== "wipe") return;
  document.querySelector(".sheets").style.setProperty("--seen", event.target.value);
});
if (byId("wipe") || document.querySelector(".sheets")) fit();
