// The face of the app itself: as the system has it, or as it was chosen here.
import { byId } from "./dom.js";

const FACES = ["system", "light", "dark"];

export function listenForTheme() {
  const button = byId("theme");
  const draw = () => {
    const face = localStorage.getItem("newsletter-theme") || "system";
    byId("theme-name").textContent = face;
    if (face === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = face;
  };
  button.addEventListener("click", () => {
    const now = localStorage.getItem("newsletter-theme") || "system";
    localStorage.setItem("newsletter-theme", FACES[(FACES.indexOf(now) + 1) % FACES.length]);
    draw();
  });
  draw();
}
