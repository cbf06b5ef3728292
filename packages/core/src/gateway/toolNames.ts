import { foldKey } from "../json.ts";
import type { GatewayTool } from "../tools.ts";
import type { Snapshot } from "./snapshot.ts";

/** What agents call tools by. Policies, decisions and targets have names of their own for them, which this doesn't change. */
export interface ToolNames {
  /** The tool that an agent means. */
  toolOf(name: string): GatewayTool | undefined;
  /** The name for a tool; undefined for one that can't be told from another, and so is not offered. */
  nameOf(tool: GatewayTool): string | undefined;
  /** The tools that aren't offered, because more than one target has a tool of their name. */
  readonly ambiguous: readonly GatewayTool[];
}

const known = new WeakMap<Snapshot["tools"], ToolNames>();

/**
 * The names of a gateway's tools: `Target___tool`, or the target's own where the gateway's settings say PLAIN. Two tools of
 * one name are both left out: which of them is meant must not hang on which target came first (T12).
 */
export function toolNamesOf({ tools, configuration: { gateway } }: Snapshot): ToolNames {
  let names = known.get(tools);
  if (names === undefined) {
    names = gateway.settings?.toolNames === "PLAIN" ? plain([...tools.values()]) : qualified(tools);
    known.set(tools, names);
  }
  return names;
}

function qualified(tools: Snapshot["tools"]): ToolNames {
  return { toolOf: (name) => tools.get(name), nameOf: ({ name }) => name, ambiguous: [] };
}

function plain(tools: readonly GatewayTool[]): ToolNames {
  // Names that differ in case alone are one to some clients.
  const alike = Map.groupBy(tools, ({ description }) => foldKey(description.name));
  const ambiguous = [...alike.values()].filter(({ length }) => length > 1).flat();
  const left = new Set(ambiguous);
  const byName = new Map(tools.filter((tool) => !left.has(tool)).map((tool) => [tool.description.name, tool]));
  return {
    toolOf: (name) => byName.get(name),
    nameOf: (tool) => (left.has(tool) ? undefined : tool.description.name),
    ambiguous,
  };
}
