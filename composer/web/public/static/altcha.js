// Solves an ALTCHA puzzle (version 1, SHA-256) and writes the answer into the form.
const field = document.getElementById("altcha");
const state = document.getElementById("altcha-state");
const button = document.querySelector("#join button");

const K = new Uint32Array(64);
const START = new Uint32Array(8);
for (let n = 2, found = 0; found < 64; n++) {
  let prime = true;
  for (let d = 2; d * d <= n; d++) if (n % d === 0) { prime = false; break; }
  if (!prime) continue;
  const part = (root) => ((root - Math.floor(root)) * 4294967296) >>> 0;
  if (found < 8) START[found] = part(Math.sqrt(n));
  K[found++] = part(Math.cbrt(n));
}

// FIPS 180-4. crypto.subtle is slow for many small texts, and missing on plain http.
function sha256(bytes) {
  const size = ((bytes.length + 9 + 63) >> 6) << 6;
  const data = new Uint8Array(size);
  data.set(bytes);
  data[bytes.length] = 0x80;
  new DataView(data.buffer).setUint32(size - 4, bytes.length * 8);
  const view = new DataView(data.buffer);
  const h = START.slice();
  const w = new Uint32Array(64);
  const turn = (x, n) => (x >>> n) | (x << (32 - n));
  for (let at = 0; at < size; at += 64) {
    for (let i = 0; i < 16; i++) w[i] = view.getUint32(at + 4 * i);
    for (let i = 16; i < 64; i++) {
      const a = w[i - 15], b = w[i - 2];
      w[i] = w[i - 16] + w[i - 7] + (turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)) +
        (turn(b, 17) ^ turn(b, 19) ^ (b >>> 10));
    }
    let [a, b, c, d, e, f, g, k] = h;
    for (let i = 0; i < 64; i++) {
      const one = (k + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
      const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      k = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
    }
    [a, b, c, d, e, f, g, k].forEach((x, i) => { h[i] = h[i] + x; });
  }
  return Array.from(h, (x) => x.toString(16).padStart(8, "0")).join("");
}

async function solve(puzzle) {
  const text = new TextEncoder();
  for (let number = 0; number <= puzzle.maxnumber; number++) {
    if (sha256(text.encode(puzzle.salt + number)) === puzzle.challenge) return number;
    if (number % 1000 === 0) await new Promise((go) => setTimeout(go));
  }
  return null;
}

const puzzle = JSON.parse(field.dataset.challenge);
button.disabled = true;
state.textContent = state.dataset.works;
solve(puzzle).then((number) => {
  const { algorithm, challenge, salt, signature } = puzzle;
  field.value = btoa(JSON.stringify({ algorithm, challenge, number, salt, signature }));
  state.textContent = state.dataset.done;
  button.disabled = false;
});
