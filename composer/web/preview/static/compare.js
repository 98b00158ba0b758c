// The view Compare: both letters as tall as the taller one, and one seen through the other.
import { byId } from "./dom.js";

const fit = () => {
  const frames = [...document.querySelectorAll(".sheets iframe")];
  const heights = frames.map((frame) => frame.contentDocument?.body?.scrollHeight || 0);
  const height = Math.max(...heights, 0);
  if (height) for (const frame of frames) frame.style.height = `${height}px`;
};

// A frame's load does not bubble, but it can be caught on its way down.
document.addEventListener("load", (event) => {
  if (event.target.closest?.(".sheets")) fit();
}, true);
document.addEventListener("input", (event) => {
  if (event.target.id !== "wipe") return;
  document.querySelector(".sheets").style.setProperty("--seen", event.target.value);
});
if (byId("wipe") || document.querySelector(".sheets")) fit();
