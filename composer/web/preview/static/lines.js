// Which element of the letter came from which line: the blocks are told in reading order, and
// each is looked for after the one before it.
const BLANK = /[\s\u00ad\u034f\u200b-\u200d\u2060\ufeff]+/g;
const INLINE = new Set("A ABBR B BR CITE CODE EM I IMG S SMALL SPAN STRONG SUB SUP U".split(" "));

const bare = (text) => text.replace(BLANK, "");

function blockOf(node) {
  let element = node.nodeType === 1 ? node : node.parentElement;
  while (INLINE.has(element.tagName) && element.parentElement && element.tagName !== "IMG") {
    element = element.parentElement;
  }
  return element.closest("table.data, pre") || element;
}

// All text of the page without white space, and where each piece of it stands.
function textOf(page) {
  const starts = [];
  const nodes = [];
  let text = "";
  const walker = page.createTreeWalker(page.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, {
    acceptNode: (node) => (node.nodeType === 1 && (node.style?.display === "none" || /^(STYLE|SCRIPT|TITLE)$/.test(node.tagName))
      ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT),
  });
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.nodeType !== 3) continue;
    const piece = bare(node.data);
    if (!piece) continue;
    starts.push(text.length);
    nodes.push(node);
    text += piece;
  }
  const at = (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle] <= offset) low = middle; else high = middle - 1;
    }
    return nodes[low];
  };
  return { text, at };
}

export function linesOf(page, blocks) {
  const { text, at } = textOf(page);
  const byElement = new Map();
  const byLine = new Map();
  const headings = [...page.body.querySelectorAll("h1, h2, h3, h4, h5, h6")].map((h) => [bare(h.textContent), h]);
  const images = [...page.body.querySelectorAll("img[alt]")].map((i) => [bare(i.alt), i]);
  let cursor = 0;

  const tie = (element, line) => {
    if (!byElement.has(element)) byElement.set(element, line);
    if (!byLine.has(line)) byLine.set(line, element);
  };
  // The next of `some` that fits; those before it are behind us.
  const next = (some, wanted, same) => {
    const index = some.findIndex(([said]) => same(said, wanted));
    return index < 0 ? null : some.splice(0, index + 1).at(-1)[1];
  };
  const begins = (said, wanted) => said === wanted || (wanted.length > 3 && said.includes(wanted));
  const after = (element) => {
    const node = page.createTreeWalker(element, NodeFilter.SHOW_TEXT).nextNode();
    const inside = node && text.indexOf(bare(element.textContent), Math.max(0, cursor - 1));
    if (inside >= 0 && inside !== null) cursor = inside + bare(element.textContent).length;
  };

  for (const { line, kind, text: wanted } of blocks) {
    if (kind === "image") {
      const image = next(images, wanted, (said, alt) => said.startsWith(alt));
      if (image) tie(image, line);
      continue;
    }
    if (kind === "heading") {
      const heading = next(headings, wanted, begins);
      if (heading) { tie(heading, line); after(heading); continue; }
    }
    if (!wanted) continue;
    const found = text.indexOf(wanted, cursor);
    if (found < 0) continue;
    tie(blockOf(at(found)), line);
    if (kind !== "title") cursor = found + wanted.length;
  }

  return {
    of: (line) => {
      if (byLine.has(line)) return byLine.get(line);
      // Inside a block of many lines: the block that began before.
      const before = [...byLine.keys()].filter((known) => known <= line);
      return before.length ? byLine.get(Math.max(...before)) : null;
    },
    at: (target) => {
      for (let here = target.nodeType === 1 ? target : target.parentElement; here && here !== page.body; here = here.parentElement) {
        if (byElement.has(here)) return { element: here, line: byElement.get(here) };
        const inner = [...byElement.keys()].filter((known) => here.contains(known));
        const lines = inner.map((known) => byElement.get(known));
        // A frame around one block, or around a few of one note or list, means its first.
        if (inner.length && Math.max(...lines) - Math.min(...lines) <= 12) return { element: inner[0], line: lines[0] };
        if (inner.length) return null;
      }
      return null;
    },
  };
}
