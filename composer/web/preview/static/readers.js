// Addresses of the list, offered while one is written.
import { byId } from "./dom.js";

export function listenForReaders() {
  let asked = "";
  document.addEventListener("input", async (event) => {
    if (event.target.id !== "who") return;
    const text = event.target.value.trim();
    const list = byId("readers");
    asked = text;
    if (text.length < 2 || [...list.options].some((option) => option.value === text)) return;
    const answer = await fetch(`/readers?${new URLSearchParams({ q: text })}`);
    if (!answer.ok || asked !== text) return;
    for (const old of list.querySelectorAll("[data-found]")) old.remove();
    for (const address of await answer.json()) {
      const option = document.createElement("option");
      option.value = address;
      option.dataset.found = "";
      byId("readers").append(option);
    }
  });
}
