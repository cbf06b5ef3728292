import type { ToolCall } from "../../conversation.ts";
import { cut } from "../task.ts";

/**
 * How many calls of all, and of which tools: `2 of 9 tool calls ended in an error: search (2).`
 * @param predicates of one, and of several where that reads otherwise.
 */
export function share(
  some: readonly ToolCall[],
  all: readonly ToolCall[],
  ...[one, several = one]: readonly [one: string, several?: string]
): string {
  const count = `${some.length} of ${all.length} tool calls ${some.length === 1 ? one : several}`;
  if (some.length === 0) return `${count}.`;
  const byTool = new Map<string, number>();
  for (const { tool } of some) byTool.set(tool, (byTool.get(tool) ?? 0) + 1);
  const named = [...byTool].sort(([, a], [, b]) => b - a).slice(0, mostNamed);
  const rest = byTool.size > mostNamed ? ` and ${byTool.size - mostNamed} more tools` : "";
  return `${count}: ${named.map(([tool, times]) => `${cut(tool, 64)} (${times})`).join(", ")}${rest}.`;
}

const mostNamed = 10;
