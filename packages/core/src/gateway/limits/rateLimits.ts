import type { RateLimit } from "../../storage/records.ts";
import { rateOf } from "../../storage/tokenBucket.ts";
import type { GatewayTool } from "../../tools.ts";
import { type Call, idOf } from "../call.ts";
import type { GatewayDependencies } from "../dependencies.ts";
import { secondsIn } from "../errors.ts";
import { refusal } from "../refusals.ts";
import type { Admission } from "./limiter.ts";

type Dependencies = Pick<GatewayDependencies, "limiter" | "onError">;

/** Why a call of a tool is not made, in the words of the catalogue. */
export interface ToolRefusal {
  readonly code: "toolRateLimited" | "toolRateLimitUnknown";
  /** Which limit it is, to people. */
  readonly limit: string;
  readonly retryAfterSeconds: number;
}

/**
 * Counts a request against the limits of its principal and of its gateway. The principal's come first, so that whoever is
 * over their own takes nothing from the others.
 * @returns the answer for a request that is too much, or that couldn't be counted: nothing is allowed because something failed.
 */
export async function refuseByRateLimit(call: Call, dependencies: Dependencies): Promise<Response | undefined> {
  const id = idOf(call.message);
  try {
    for (const scope of ["PRINCIPAL", "GATEWAY"] as const) {
      const used = await firstUsedUp(limitsOf(call, scope), call, dependencies);
      if (used === undefined) continue;
      return refusal("rateLimited", { limit: used.limit }, { id, retryAfterSeconds: used.retryAfterSeconds });
    }
    return undefined;
  } catch (error) {
    dependencies.onError(error);
    return refusal("rateLimitUnknown", {}, { id, retryAfterSeconds: 1 });
  }
}

/** Counts a call that policy has allowed against the limits of its tool. */
export async function refuseByToolLimit(
  call: Call,
  { name }: GatewayTool,
  dependencies: Dependencies,
): Promise<ToolRefusal | undefined> {
  const limits = limitsOf(call, "TOOL").filter(({ tool }) => tool === undefined || tool === name);
  try {
    const used = await firstUsedUp(limits, call, dependencies, name);
    return used === undefined ? undefined : { code: "toolRateLimited", ...used };
  } catch (error) {
    dependencies.onError(error);
    return { code: "toolRateLimitUnknown", limit: "", retryAfterSeconds: 1 };
  }
}

function limitsOf({ snapshot }: Call, scope: RateLimit["scope"]): readonly RateLimit[] {
  const { rateLimits = [] } = snapshot.configuration.gateway.settings ?? {};
  return rateLimits.filter((limit) => limit.scope === scope);
}

async function firstUsedUp(
  limits: readonly RateLimit[],
  call: Call,
  { limiter }: Dependencies,
  tool?: string,
): Promise<{ readonly limit: string; readonly retryAfterSeconds: number } | undefined> {
  for (const limit of limits) {
    const admission: Admission = await limiter.admit(
      keyOf(limit, call, tool),
      rateOf(limit.limit, limit.periodSeconds),
    );
    if (admission.admitted) continue;
    return { limit: describe(limit, tool), retryAfterSeconds: secondsIn(admission.retryAfterMilliseconds) };
  }
  return undefined;
}

/** What is counted. A limit that is changed counts anew. */
function keyOf({ scope, limit, periodSeconds }: RateLimit, { snapshot, principal }: Call, tool?: string): string {
  const { gatewayId } = snapshot.configuration.gateway;
  const whose = scope === "PRINCIPAL" ? [principal.type, principal.id] : scope === "TOOL" ? [tool] : [];
  return JSON.stringify([gatewayId, scope, limit, periodSeconds, ...whose]);
}

function describe({ scope, limit, periodSeconds }: RateLimit, tool = ""): string {
  const whose = { GATEWAY: "requests of this gateway", PRINCIPAL: "your requests", TOOL: `calls of ${tool}` }[scope];
  return `${limit} ${whose} in ${periodSeconds} ${periodSeconds === 1 ? "second" : "seconds"}`;
}
