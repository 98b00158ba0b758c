"""What the tests ask a page, in its own language."""

#: Every visible run of text: its words, colour, the ground under it, size in pixels and weight.
TEXTS = """() => {
  const opaque = (c) => c !== 'rgba(0, 0, 0, 0)' && c !== 'transparent';
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const c = getComputedStyle(e).backgroundColor;
      if (opaque(c)) return c;
    }
    return 'rgb(255, 255, 255)';
  };
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walk.nextNode()); ) {
    const words = node.data.replace(/[\\s\\u00a0\\u200c\\u034f]+/g, ' ').trim();
    const parent = node.parentElement;
    if (!words || !parent.checkVisibility()) continue;
    const style = getComputedStyle(parent);
    if (parseFloat(style.fontSize) === 0) continue;
    found.push({ words, colour: style.color, ground: ground(parent),
                 size: parseFloat(style.fontSize), bold: parseInt(style.fontWeight) >= 700 });
  }
  return found;
}"""

#: How much of the first table is beyond its edge, in pixels.
HIDDEN = """() => {
  const scroller = document.querySelector('.scroll');
  return scroller.scrollWidth - scroller.clientWidth;
}"""

#: How much wider than the window the page is, in pixels.
OVERFLOW = "() => document.documentElement.scrollWidth - innerWidth"

#: `[tag, role, scoped headings]` of every table.
TABLES = """() => [...document.querySelectorAll('table')].map((t) => [
  t.className, t.getAttribute('role'), t.querySelectorAll(':scope > thead th[scope=col]').length,
])"""

HEADINGS = """() => [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map((h) =>
  [parseInt(h.tagName[1]), h.textContent.trim()])"""

#: The places of the first element that matches, in pixels.
BOX = """(selector) => {
  const box = document.querySelector(selector).getBoundingClientRect();
  return { left: box.left, right: box.right, width: box.width, height: box.height };
}"""

STYLE = """([selector, property]) =>
  getComputedStyle(document.querySelector(selector)).getPropertyValue(property)"""

#: The places of the words in the first element that matches, in pixels.
INK = """(selector) => {
  const range = document.createRange();
  range.selectNodeContents(document.querySelector(selector));
  const box = range.getBoundingClientRect();
  return { left: box.left, right: box.right };
}"""
