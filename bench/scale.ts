import { topology } from "@gatehouse/functions/topology.ts";
import { measureInput } from "./scale/input.ts";
import { rowsOf } from "./scale/table.ts";
import { resultTables } from "./scale/tables.ts";

/** What the topology carries on AWS and costs there, calculated from quotas and prices: the tables of `docs/scale.md`. */
export async function benchScale() {
  const tables = Object.entries(resultTables(await measureInput(topology)));
  return Object.fromEntries(tables.map(([name, table]) => [name, rowsOf(table)]));
}
