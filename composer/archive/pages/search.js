// Full-text search without a server: the words of every issue are one file, fetched on first use.
const form = document.querySelector("form.search");
const input = form.querySelector("input");
const told = form.querySelector("output");
const list = document.getElementById("issues");
const plain = list.innerHTML;
let rows;

const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

async function search() {
  const words = fold(input.value).split(/\s+/).filter(Boolean);
  if (!words.length) { list.innerHTML = plain; told.textContent = ""; return; }
  rows ??= (await (await fetch(`${form.dataset.root}archive/search.json`)).json())
    .map((row) => ({ ...row, folded: fold(row.words) }));
  const found = rows.filter((row) => words.every((word) => row.folded.includes(word)));
  list.replaceChildren(...found.map((row) => {
    const item = document.createElement("li");
    const link = document.createElement("a");
    const time = document.createElement("time");
    link.href = form.dataset.root + row.path;
    link.textContent = row.title;
    time.textContent = row.date;
    item.append(link, " ", time);
    return item;
  }));
  told.textContent = String(found.length);
}

form.addEventListener("submit", (event) => { event.preventDefault(); search(); });
input.addEventListener("input", search);
input.value = new URLSearchParams(location.search).get("q") ?? "";
if (input.value) search();
