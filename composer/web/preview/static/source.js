// The source: coloured and searched without a change to its text.
import { byId } from "./dom.js";

const TOKENS = [
  ["comment", /<!--[\s\S]*?-->/g],
  ["tag", /<\/?[A-Za-z][\w:-]*/g],
  ["value", /="[^"<]*"/g],
  ["name", /^[A-Z][A-Za-z-]*(?=:)/gm],
];
const MOST = 6000;
let at = -1;
let ranges = [];
let last = "";

function rangesOf(node, pattern, most = MOST) {
  const found = [];
  for (const match of node.data.matchAll(pattern)) {
    if (found.length >= most) break;
    const range = new Range();
    range.setStart(node, match.index);
    range.setEnd(node, match.index + match[0].length);
    found.push(range);
  }
  return found;
}

export function dressSource() {
  const node = byId("source")?.firstChild;
  if (!CSS.highlights) return;
  if (!node) { CSS.highlights.clear(); return; }
  const part = byId("source").dataset.part;
  for (const [name, pattern] of TOKENS) {
    const fits = name === "name" ? part === "headers" : part !== "headers";
    const coloured = new Highlight(...(fits ? rangesOf(node, pattern) : []));
    coloured.priority = name === "comment" ? 1 : 0;
    CSS.highlights.set(`src-${name}`, coloured);
  }
  find(byId("search")?.value || last);
}

function find(text) {
  last = text;
  const node = byId("source")?.firstChild;
  const field = byId("search");
  if (!node || !field) return;
  if (field.value !== text) field.value = text;
  const pattern = new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "gi");
  ranges = text ? rangesOf(node, pattern, 2000) : [];
  at = -1;
  if (!CSS.highlights) return;
  const hits = new Highlight(...ranges);
  hits.priority = 2;
  CSS.highlights.set("found", hits);
  CSS.highlights.delete("current");
  byId("hits").textContent = text ? `${ranges.length} found` : "";
  if (ranges.length) step(1);
}

function step(by) {
  if (!ranges.length) return;
  at = (at + by + ranges.length) % ranges.length;
  const current = new Highlight(ranges[at]);
  current.priority = 3;
  CSS.highlights.set("current", current);
  byId("hits").textContent = `${at + 1} of ${ranges.length}`;
  const stage = byId("view");
  const box = ranges[at].getBoundingClientRect();
  const top = box.top - stage.getBoundingClientRect().top;
  if (top < 0 || top > stage.clientHeight - 40) stage.scrollTop += top - stage.clientHeight / 3;
}

document.addEventListener("input", (event) => { if (event.target.id === "search") find(event.target.value); });
document.addEventListener("keydown", (event) => {
  if (event.target.id !== "search" || event.key !== "Enter") return;
  event.preventDefault();
  step(event.shiftKey ? -1 : 1);
});
document.addEventListener("click", async (event) => {
  const button = event.target.closest("#copy");
  if (!button) return;
  await navigator.clipboard.writeText(document.querySelector(".copied")?.textContent || "");
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = "Copy"; }, 1500);
});
