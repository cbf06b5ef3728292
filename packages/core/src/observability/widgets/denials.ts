import { type Html, html } from "../../html.ts";
import { binsOf } from "./bins.ts";
import { readCells, type ScopedCell, sumUp, valuesOf } from "./cells.ts";
import { joined } from "./charts/axes.ts";
import { full, moment, share } from "./charts/format.ts";
import { named, policyNamed, type Ranked, ranking, toolOf } from "./ranking.ts";
import { empty, legend, note, summary, type Widget } from "./widget.ts";

/** Which tools were denied most, and by which policies. */
export const denials: Widget = {
  title: "Top denials",
  description: "The tools whose calls policies denied most, or would have denied were it not for LOG_ONLY, by policy.",
  scope: "gateway",
  async draw(aggregates, view) {
    const bins = binsOf(view.range);
    const cells = readCells(aggregates, { cube: "decisions", bins, scope: view.scope, where: { outcome: refused } });
    const keyOf = ({ dimensions }: ScopedCell) => [toolOf(dimensions), dimensions.policies ?? "[]"];
    const rows = rowsOf(await sumUp(cells, bins, (cell) => [keyOfRow(cell, keyOf(cell))]));
    return drawn(denials.title, "Tool", rows, ([tool = "", policies]) => {
      const by = valuesOf(policies).map((policy, index) => html`${index > 0 ? ", " : undefined}${policyNamed(policy)}`);
      return { name: named(tool), detail: by.length === 0 ? "no policy permits it" : html`by ${by}` };
    });
  },
};

/** Who was denied most. */
export const denied: Widget = {
  title: "Most denied principals",
  description: "The users and roles whose calls were denied most, or would have been were it not for LOG_ONLY.",
  scope: "gateway",
  async draw(aggregates, view) {
    const bins = binsOf(view.range, "hour");
    const where = { outcome: refused };
    const cells = readCells(aggregates, { cube: "decisions", bins, scope: view.scope, wide: true, where });
    const rows = rowsOf(await sumUp(cells, bins, (cell) => [keyOfRow(cell, [cell.dimensions.principal ?? ""])]));
    const list = drawn(denied.title, "Principal", rows, ([principal = ""]) => ({ name: named(principal) }));
    return rows.length === 0
      ? list
      : joined([list, note(`Principals are counted by whole hours: from ${moment(bins.from, view.offsetMinutes)}.`)]);
  },
};

const refused = ["denied", "would-deny"];

interface Row {
  readonly key: readonly string[];
  readonly denied: number;
  readonly wouldDeny: number;
}

function keyOfRow({ dimensions }: ScopedCell, key: readonly string[]): string {
  return JSON.stringify([dimensions.outcome, ...key]);
}

/** What was denied by key, the most first. */
function rowsOf({ total }: Awaited<ReturnType<typeof sumUp>>): Row[] {
  const rows = new Map<string, Row>();
  for (const [text, { count }] of total) {
    const [outcome, ...key] = JSON.parse(text) as string[]; // As `keyOfRow` has made it.
    const row = rows.get(JSON.stringify(key)) ?? { key, denied: 0, wouldDeny: 0 };
    const kind = outcome === "denied" ? "denied" : "wouldDeny";
    rows.set(JSON.stringify(key), { ...row, [kind]: row[kind] + count });
  }
  return [...rows].sort(([a, x], [b, y]) => sizeOf(y) - sizeOf(x) || (a < b ? -1 : 1)).map(([, row]) => row);
}

const sizeOf = ({ denied, wouldDeny }: Row) => denied + wouldDeny;

function drawn(
  caption: string,
  head: string,
  rows: readonly Row[],
  told: (key: readonly string[]) => Pick<Ranked, "name" | "detail">,
): Html {
  const all = rows.reduce((sum, row) => sum + sizeOf(row), 0);
  if (all === 0) return empty("No call was denied in this time.");
  const sum = (kind: "denied" | "wouldDeny") => rows.reduce((sum, row) => sum + row[kind], 0);
  const ranked = rows.map((row) => ({
    ...told(row.key),
    parts: [
      { color: "denied", value: row.denied },
      { color: "wouldDeny", value: row.wouldDeny },
    ] as const,
    numbers: [full(sizeOf(row)), share(sizeOf(row), all)],
  }));
  return joined([
    summary(full(all), all === 1 ? "call" : "calls"),
    legend([
      { color: "denied", label: "Denied", value: full(sum("denied")) },
      { color: "wouldDeny", label: "Would be denied", value: full(sum("wouldDeny")) },
    ]),
    ranking(caption, head, ["Calls", "Share"], ranked),
  ]);
}
