import { binsOf } from "./bins.ts";
import { readCells, sumUp, valuesOf } from "./cells.ts";
import { joined } from "./charts/axes.ts";
import { full } from "./charts/format.ts";
import { policyNamed, ranking } from "./ranking.ts";
import { empty, legend, note, type Widget } from "./widget.ts";

/** The key of engines that are in LOG_ONLY as a whole, whose own decisions are what would change. */
const wholeEngine = "";

/** What policies in LOG_ONLY would change if they were enforced. */
export const flips: Widget = {
  title: "What LOG_ONLY would change",
  description:
    "For each policy in LOG_ONLY, and for engines that are in LOG_ONLY as a whole: how many calls would be denied that were allowed, and allowed that were denied, if it were enforced.",
  scope: "gateway",
  async draw(aggregates, view) {
    const bins = binsOf(view.range);
    const where = { outcome: ["allowed", "denied", "would-deny"] };
    const cells = readCells(aggregates, { cube: "decisions", bins, scope: view.scope, where });
    const { total } = await sumUp(cells, bins, ({ dimensions: { outcome, decision, flippingPolicies } }) => [
      ...valuesOf(flippingPolicies).map((policy) => JSON.stringify([policy, decision])),
      ...(outcome === "would-deny" ? [JSON.stringify([wholeEngine, "ALLOW"])] : []),
    ]);
    const rows = new Map<string, Row>();
    for (const [key, { count }] of total) {
      const [policy = "", decision] = JSON.parse(key) as string[]; // As it was made above.
      const row = rows.get(policy) ?? { denied: 0, allowed: 0 };
      const kind = decision === "ALLOW" ? "denied" : "allowed";
      rows.set(policy, { ...row, [kind]: row[kind] + count });
    }
    if (rows.size === 0) return empty("Nothing that is in LOG_ONLY would have changed a decision in this time.");
    const sorted = [...rows].sort(([a, x], [b, y]) => sizeOf(y) - sizeOf(x) || (a < b ? -1 : 1));
    const sum = (kind: keyof Row) => sorted.reduce((sum, [, row]) => sum + row[kind], 0);
    return joined([
      legend([
        { color: "wouldDeny", label: "Would be denied", value: full(sum("denied")) },
        { color: "allowed", label: "Would be allowed", value: full(sum("allowed")) },
      ]),
      ranking(
        flips.title,
        "If enforced",
        ["Denied", "Allowed"],
        sorted.map(([policy, { denied, allowed }]) => ({
          name: policy === wholeEngine ? "All of an engine in LOG_ONLY" : policyNamed(policy),
          parts: [
            { color: "wouldDeny", value: denied },
            { color: "allowed", value: allowed },
          ],
          numbers: [full(denied), full(allowed)],
        })),
      ),
      note("A call that several policies would change is counted for each of them."),
    ]);
  },
};

interface Row {
  readonly denied: number;
  readonly allowed: number;
}

const sizeOf = ({ denied, allowed }: Row) => denied + allowed;
