import { costTable, decisionTable, targetTable } from "./costTables.ts";
import type { ScaleInput } from "./input.ts";
import { cellTable, functionTable, heatTable, quotaTable, stepTable, utilisationTable } from "./limitTables.ts";
import { assumptionTable, otherSources, priceSources, quotaSources } from "./sourceTables.ts";
import type { Table } from "./table.ts";

/** What is calculated, by the names that the tables have in `docs/scale.md`. */
export function resultTables(input: ScaleInput): Readonly<Record<string, Table>> {
  return {
    steps: stepTable(input),
    cost: costTable(input),
    targets: targetTable(input),
    quotas: quotaTable(input),
    utilisation: utilisationTable(input),
    functions: functionTable(input),
    heat: heatTable(input),
    cells: cellTable(input),
    decisions: decisionTable(input),
  };
}

/** Every table of `docs/scale.md`: what is calculated, and what it is calculated from. */
export function documentTables(input: ScaleInput): Readonly<Record<string, Table>> {
  return {
    ...resultTables(input),
    assumptions: assumptionTable(input.model),
    "quota sources": quotaSources(),
    "price sources": priceSources(),
    "other sources": otherSources(),
  };
}
