// A rule is tried while it is typed, and a mailing is watched while it runs.
const rule = document.getElementById("rule");
const mailing = document.getElementById("mailing");

if (rule) {
  let waiting = 0;
  let asked = 0;
  rule.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(tryIt, 200);
  });
  async function tryIt() {
    const mine = ++asked;
    const query = new URLSearchParams(location.search);
    query.set("rule", rule.value);
    const answer = await fetch(`/audience?${query}`);
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine !== asked) return; // a later one is on its way
    document.getElementById("tried").replaceChildren(...page.getElementById("tried").childNodes);
    history.replaceState(null, "", `?${query}`);
  }
}

// What is done may still be settled, and what was interrupted may go on elsewhere.
const BEAT_MS = { running: 1000, done: 15000 };
if (mailing) watch();

async function watch() {
  try {
    const answer = await fetch(mailing.dataset.progress);
    if (answer.status === 404) return location.reload();
    const now = await answer.json();
    if (now.state !== mailing.dataset.state) return location.reload();
    document.getElementById("state").textContent = now.head;
    document.getElementById("words").textContent = now.words;
    document.getElementById("pace").textContent = now.pace;
    document.getElementById("percent").textContent = `${now.percent} %`;
    document.getElementById("bar").value = now.percent;
    const proof = document.getElementById("proof");
    proof.textContent = now.proof;
    proof.className = `proof ${now.balanced ? "good" : "wrong"}`;
    document.querySelector("#books tbody").replaceChildren(...now.rows.map(
      ([head, count, words]) => row([cell("th", head), figure(count), cell("td", words)])));
    document.getElementById("parts").replaceChildren(...now.parts.map(part));
  } catch {
    document.getElementById("pace").textContent = "waiting for the preview…";
  }
  setTimeout(watch, BEAT_MS[mailing.dataset.state] || 4000);
}

function cell(tag, text, more = {}) {
  return Object.assign(document.createElement(tag), { textContent: text }, tag === "th" ? { scope: "row" } : {}, more);
}

function figure(count) {
  return cell("td", count.toLocaleString("en"), { className: "n" });
}

function row(cells) {
  const made = document.createElement("tr");
  made.append(...cells);
  return made;
}

function part({ kind, columns, rows }) {
  const box = Object.assign(document.createElement("div"), { className: "wide part" });
  const table = Object.assign(document.createElement("table"), { className: "figures" });
  const heads = columns.map((name) => cell("th", name, { scope: "col", className: "n" }));
  table.createTHead().append(row([cell("th", kind, { scope: "col" }), ...heads]));
  table.createTBody().append(...rows.map(([name, counts]) => row([cell("th", name), ...counts.map(figure)])));
  box.append(table);
  return box;
}
