import type { TargetRecord } from "../storage/records.ts";
import type { GatewayTool } from "../tools.ts";
import { type Call, callerOf } from "./call.ts";
import type { GatewayDependencies } from "./dependencies.ts";
import { kindOf } from "./targets/target.ts";

/**
 * Leaves out the tools that targets of DYNAMIC listing don't offer this caller at the moment. They are asked at once, and
 * within a bound of their own: what can't be found out in time is in the list as it was synchronised. A list lets nobody
 * in, policy has decided already, and a tool that nobody has synchronised can't be decided about: none is added.
 */
export async function offeredNow(
  call: Call,
  tools: readonly GatewayTool[],
  { targets }: Pick<GatewayDependencies, "targets">,
): Promise<readonly GatewayTool[]> {
  const dynamic = new Set(tools.flatMap(({ target }) => (target !== undefined && isDynamic(target) ? [target] : [])));
  if (dynamic.size === 0) return tools;
  const answers = [...dynamic].map(async (target) => {
    const kind = targets[kindOf(target) ?? ""];
    return [
      target,
      await kind?.offers?.(target, { ...callerOf(call), gateway: call.snapshot.configuration.gateway }),
    ] as const;
  });
  const offered = new Map(await Promise.all(answers));
  return tools.filter(({ target, description }) => {
    const names = target === undefined ? undefined : offered.get(target);
    return names === undefined || names.has(description.name);
  });
}

function isDynamic({ targetConfiguration: { mcp } }: TargetRecord): boolean {
  return mcp?.mcpServer?.listingMode === "DYNAMIC";
}
