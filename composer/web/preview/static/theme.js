// Before the first paint, so that a chosen face does not flash.
const face = localStorage.getItem("newsletter-theme");
if (face === "light" || face === "dark") document.documentElement.dataset.theme = face;
document.documentElement.classList.add("scripted");
