// The live page: learns of changes, fetches what is looked at, keeps the place.
const issue = document.body.dataset.issue;
const live = document.getElementById("live");
const frame = document.getElementById("letter");
let version = Number(document.body.dataset.version);
let running = false;

async function refresh() {
  if (running) return;
  running = true;
  try {
    while (true) {
      const wanted = version;
      const query = location.search;
      if (frame) {
        const answer = await fetch(`/issues/${issue}/letter.html${query}`);
        if (answer.ok) replace(await answer.text());
      }
      const state = await fetch(`/issues/${issue}/state.json${query}`);
      if (state.status === 404) { location.href = "/"; return; }
      show(await state.json());
      if (wanted === version) return;
    }
  } finally { running = false; }
}

// The letter's document stays, so the place that is looked at stays too.
function replace(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  const page = frame.contentDocument;
  page.documentElement.replaceWith(page.importNode(fresh.documentElement, true));
  document.body.dataset.shown = String(version);
}

function show(state) {
  document.title = `${state.title} — preview`;
  live.textContent = `live · ${state.took_ms} ms`;
}

const events = new EventSource("/events");
const heard = (event) => {
  const told = JSON.parse(event.data);
  if (told.version === version) return;
  version = told.version;
  if (issue) refresh(); else location.reload();
};
events.addEventListener("hello", heard);
events.addEventListener("changed", heard);
events.onerror = () => { live.textContent = "waiting for the preview…"; };
