// Opens a place of a file: by the editor's own URL, or by the command that was set.
import { announce } from "./dom.js";

export async function openPlace(url, { file, line, column = 1 }) {
  document.body.dataset.opened = `${file}:${line}`;
  if (url && !url.startsWith("http") && !url.endsWith("#")) {
    const link = document.createElement("a");
    link.href = url;
    link.click();
    return;
  }
  const answer = await fetch("/open", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ file, line: Number(line), column: Number(column) || 1 }),
  });
  if (!answer.ok) announce(await answer.text());
}
