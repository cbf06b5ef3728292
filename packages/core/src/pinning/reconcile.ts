import { type Quarantine, quarantine, type ToolDescription } from "../storage/records.ts";
import { digestOfTool } from "./digest.ts";

/** A tool of a target as it was approved, and the digest of then. */
export interface PinnedTool {
  /** With the reason for its quarantine, where it is in one. */
  readonly tool: ToolDescription;
  readonly digest: string;
}

/** What a target's tools are: as they were approved, and as the target has last described those that differ. */
export interface Pinned {
  /** In the order in which the target names them; those that it no longer has come last. */
  readonly tools: readonly PinnedTool[];
  /** What the target says now of tools that it has changed, and of new ones: nobody has approved it. */
  readonly observed: readonly PinnedTool[];
}

/** What becomes of tools that a target has changed, and of new ones. */
export interface DriftSettings {
  readonly changedTools: "QUARANTINE" | "ACCEPT";
  readonly newTools: "QUARANTINE" | "ACCEPT";
}

/** As many tools as AgentCore allows a target. */
export const maximumTools = 1_000;

/** A target's tools with their digests, as somebody who may has approved them. */
export function approved(tools: readonly ToolDescription[]): Pinned {
  return { tools: tools.map(pinned), observed: [] };
}

/**
 * Compares what a target says of its tools with what was approved. A changed tool stays as it was approved, and in
 * quarantine until it is so again or the change is accepted; a tool that is gone stays remembered, so that policies that
 * name it stay valid, and so that it can't come back as something else.
 */
export function reconcile(
  { tools: before, observed: seen }: Pinned,
  discovered: readonly ToolDescription[],
  { changedTools, newTools }: DriftSettings,
): Pinned {
  const known = new Map(before.map((one) => [one.tool.name, one]));
  // What was looked at is what is accepted, also in what its digest leaves out.
  const waiting = new Map(seen.map((one) => [one.digest, one]));
  const tools: PinnedTool[] = [];
  const observed: PinnedTool[] = [];
  const names = new Set(discovered.map(({ name }) => name));
  const gone = before.filter(({ tool }) => !names.has(tool.name)).map((one) => quarantined(one, "REMOVED"));
  let room = maximumTools - before.length;
  for (const tool of discovered) {
    const was = known.get(tool.name);
    const found = pinned(tool);
    const is = waiting.get(found.digest) ?? found;
    if (was === undefined) {
      if (newTools === "ACCEPT" && room-- > 0) tools.push(is);
      else observed.push(is);
    } else if (was.digest === is.digest) tools.push(quarantined(was, undefined));
    else if (changedTools === "ACCEPT") tools.push(is);
    else {
      tools.push(quarantined(was, "CHANGED"));
      observed.push(is);
    }
  }
  return { tools: [...tools, ...gone], observed };
}

/**
 * What is to be thought of the approved tools when the review has refused what the target says now: nothing of it can be
 * accepted, but a tool of which it says something else is in quarantine, or a change could hide behind a refusal.
 */
export function distrust({ tools, observed }: Pinned, refused: readonly ToolDescription[]): Pinned {
  const said = Map.groupBy(refused.map(pinned), ({ tool }) => tool.name);
  const differs = ({ tool, digest }: PinnedTool) => said.get(tool.name)?.some((now) => now.digest !== digest) === true;
  return {
    tools: tools.map((one) => (differs(one) ? quarantined(one, "CHANGED") : one)),
    observed: observed.filter((one) => !differs(one)),
  };
}

function pinned(tool: ToolDescription): PinnedTool {
  return { tool, digest: digestOfTool(tool) };
}

function quarantined({ tool, digest }: PinnedTool, reason: Quarantine | undefined): PinnedTool {
  const { [quarantine]: _, ...rest } = tool;
  return { tool: reason === undefined ? rest : { ...rest, [quarantine]: reason }, digest };
}
