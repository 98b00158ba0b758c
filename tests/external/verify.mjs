// node verify.mjs RECORDS.json MESSAGE.eml…: what mailauth says to each DKIM signature.
import { readFileSync } from "node:fs";
import { dkimVerify } from "mailauth/lib/dkim/verify.js";

const [recordsPath, ...messages] = process.argv.slice(2);
const records = JSON.parse(readFileSync(recordsPath, "utf8"));

// The only names there are: nobody is asked over the network.
async function resolver(name, type) {
  if (type === "TXT" && records[name]) return [[records[name]]];
  throw Object.assign(new Error(`no ${type} of ${name}`), { code: "ENOTFOUND" });
}

const found = [];
for (const path of messages) {
  const { results } = await dkimVerify(readFileSync(path), { resolver });
  found.push(results.map((one) => ({ algorithm: one.algo, result: one.status.result })));
}
console.log(JSON.stringify(found));
