import { readFileSync, writeFileSync } from "node:fs";
import { topology } from "@gatehouse/functions/topology.ts";
import { documentFile, fill } from "./document.ts";
import { measureInput } from "./input.ts";
import { documentTables } from "./tables.ts";

/** `node bench/scale/write.ts`: brings the tables of `docs/scale.md` up to date. */
const tables = documentTables(await measureInput(topology));
writeFileSync(documentFile, fill(readFileSync(documentFile, "utf8"), tables));
