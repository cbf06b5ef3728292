import { binsOf } from "./bins.ts";
import { readAnsweredCalls, type Sums, sumUp } from "./cells.ts";
import { joined } from "./charts/axes.ts";
import { counted, full, share } from "./charts/format.ts";
import { named, ranking, toolOf } from "./ranking.ts";
import { empty, legend, summary, type Widget } from "./widget.ts";

/** What can be wrong with a call that was let through, in the order in which it is drawn. */
const kinds = [
  { error: "5xx", label: "5xx", color: "denied" },
  { error: "timeout", label: "Timeout", color: "second" },
  { error: "4xx", label: "4xx", color: "wouldDeny" },
  { error: "tool", label: "Tool error", color: "rejected" },
] as const;
type Kind = (typeof kinds)[number]["error"];

/** The tools whose calls fail. */
export const failures: Widget = {
  title: "Failing tools",
  description:
    "The tools of which most calls that were let through failed: with a server's error (5xx), a time-out, a refusal by the target (4xx), or an error that the tool itself told of.",
  scope: "gateway",
  async draw(aggregates, view) {
    const bins = binsOf(view.range);
    const cells = readAnsweredCalls(aggregates, bins, view.scope);
    const rows = rowsOf(
      await sumUp(cells, bins, ({ dimensions }) => [JSON.stringify([toolOf(dimensions), dimensions.error ?? ""])]),
    );
    const calls = rows.reduce((sum, row) => sum + row.calls, 0);
    if (calls === 0) return empty("No call was answered in this time.");
    const failing = rows.filter((row) => failed(row) > 0);
    const all = failing.reduce((sum, row) => sum + failed(row), 0);
    const head = summary(full(all), `of ${counted(calls, "call")} failed (${share(all, calls)})`);
    if (failing.length === 0) return head;
    failing.sort((a, b) => failed(b) - failed(a) || (a.tool < b.tool ? -1 : 1));
    return joined([
      head,
      legend(
        kinds.map(({ error, label, color }) => ({
          color,
          label,
          value: full(failing.reduce((sum, { errors }) => sum + errors[error], 0)),
        })),
      ),
      ranking(
        failures.title,
        "Tool",
        [...kinds.map(({ label }) => label), "Of its calls"],
        failing.map((row) => ({
          name: named(row.tool),
          parts: kinds.map(({ error, color }) => ({ color, value: row.errors[error] })),
          numbers: [...kinds.map(({ error }) => full(row.errors[error])), share(failed(row), row.calls)],
        })),
      ),
    ]);
  },
};

interface Row {
  readonly tool: string;
  calls: number;
  readonly errors: Record<Kind, number>;
}

function rowsOf({ total }: Sums): Row[] {
  const rows = new Map<string, Row>();
  for (const [key, { count }] of total) {
    const [tool = "", error] = JSON.parse(key) as string[]; // As it was made above.
    const row = rows.get(tool) ?? { tool, calls: 0, errors: { "4xx": 0, "5xx": 0, timeout: 0, tool: 0 } };
    rows.set(tool, row);
    row.calls += count;
    const kind = kinds.find((kind) => kind.error === error);
    if (kind !== undefined) row.errors[kind.error] += count;
  }
  return [...rows.values()];
}

const failed = ({ errors }: Row) => kinds.reduce((sum, { error }) => sum + errors[error], 0);
