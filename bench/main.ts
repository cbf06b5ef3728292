import { mkdirSync, writeFileSync } from "node:fs";
import { benchAuthor } from "./author.ts";
import { benchCatalogue } from "./catalogue.ts";
import { benchControl } from "./control.ts";
import { benchCredentials } from "./credentials.ts";
import { benchEvaluation } from "./evaluation.ts";
import { benchFunctions } from "./functions.ts";
import { benchGateway } from "./gateway.ts";
import { benchIdentity } from "./identity.ts";
import { benchKinds } from "./kinds.ts";
import { machine } from "./machine.ts";
import { benchPolicy } from "./policy.ts";
import { benchQuery } from "./query.ts";
import { benchRecord } from "./record.ts";
import { benchReplay } from "./replay.ts";
import { benchScale } from "./scale.ts";
import { benchSearch } from "./search.ts";
import { benchSpans } from "./spans.ts";
import { benchWire } from "./wire.ts";

/** `npm run bench [-- policy|gateway|catalogue|search|... ...]`: what is measured, or calculated, by name. */
const benches = {
  policy: benchPolicy,
  author: benchAuthor,
  gateway: benchGateway,
  kinds: benchKinds,
  catalogue: benchCatalogue,
  control: benchControl,
  credentials: benchCredentials,
  identity: benchIdentity,
  evaluation: benchEvaluation,
  functions: benchFunctions,
  scale: benchScale,
  query: benchQuery,
  record: benchRecord,
  replay: benchReplay,
  search: benchSearch,
  spans: benchSpans,
  wire: benchWire,
};

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !(name in benches));
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(", ")}; there are ${Object.keys(benches).join(", ")}.`);
  process.exit(1);
}

const results: Record<string, unknown> = {};
for (const [name, bench] of Object.entries(benches)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  console.log(`\n${name}`);
  results[name] = await bench();
  print(results[name], "  ");
}

const date = new Date().toISOString();
const folder = `${import.meta.dirname}/results`;
mkdirSync(folder, { recursive: true });
const file = `${folder}/${date.slice(0, 10)}${chosen.length > 0 ? `-${chosen.join("-")}` : ""}.json`;
writeFileSync(file, `${JSON.stringify({ date, machine: machine(), results }, null, 2)}\n`);
console.log(`\nWritten to ${file.slice(file.indexOf("bench/"))}`);

/** Prints nested results as indented lines; a list of alike rows, or rows by name, as a table. */
function print(value: unknown, indent: string): void {
  for (const [key, inner] of Object.entries(value as object)) {
    if (typeof inner !== "object" || inner === null) console.log(`${indent}${key}: ${inner}`);
    else if (Array.isArray(inner)) console.table(inner.map(flat));
    else if (isTable(inner)) console.table(inner);
    else {
      console.log(`${indent}${key}`);
      print(inner, `${indent}  `);
    }
  }
}

function flat(row: object): object {
  const entries = Object.entries(row).flatMap(([key, inner]): [string, unknown][] =>
    typeof inner === "object" && inner !== null
      ? Object.entries(inner).map(([name, each]) => [`${key} ${name}`, each])
      : [[key, inner]],
  );
  return Object.fromEntries(entries);
}

function isTable(value: object): boolean {
  const rows = Object.values(value);
  return rows.length > 1 && rows.every((row) => typeof row === "object" && row !== null);
}
