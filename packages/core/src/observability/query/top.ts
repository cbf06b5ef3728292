import type { CubeName } from "../cubes.ts";
import type { CellFilter, DimensionName } from "./dimensions.ts";

/** A list of the most of something: what is counted, and what it is told apart by. */
interface TopDefinition {
  readonly description: string;
  readonly cube: CubeName;
  readonly groupBy: readonly DimensionName[];
  readonly filter: CellFilter;
  /** Whether only what has a value of this dimension counts. */
  readonly having?: DimensionName;
}

/** What there is a list of. */
export const topLists = {
  tools: {
    description: "the tools that are called most",
    cube: "calls",
    groupBy: ["gateway", "tool"],
    filter: { method: ["tools/call"] },
  },
  denials: {
    description:
      "what is denied most, by tool and policy; without a policy it was denied by default, or rejected before",
    cube: "decisions",
    groupBy: ["gateway", "tool", "policy"],
    filter: { outcome: ["denied", "rejected"] },
  },
  deniedPrincipals: {
    description: "who is denied most",
    cube: "decisions",
    groupBy: ["gateway", "principal"],
    filter: { outcome: ["denied", "rejected"] },
  },
  flips: {
    description: "the policies in LOG_ONLY that would change the most decisions",
    cube: "decisions",
    groupBy: ["gateway", "flippingPolicy", "tool"],
    filter: {},
    having: "flippingPolicy",
  },
  errors: {
    description: "the tools that fail most, by how",
    cube: "calls",
    groupBy: ["gateway", "tool", "error"],
    filter: { error: ["4xx", "5xx", "timeout", "tool"] },
  },
  models: {
    description: "the models that are asked most, with their tokens and cost",
    cube: "models",
    groupBy: ["agent", "provider", "model"],
    filter: {},
  },
} as const satisfies Record<string, TopDefinition>;
export type TopName = keyof typeof topLists;
