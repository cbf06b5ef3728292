// TEMPORARY until the solver is merged.

import type { Principal } from "../../identity/principal.ts";
import type { JsonObject } from "../../json.ts";
import type { GatewayConfiguration } from "../../storage/records.ts";
import type { PolicyText } from "../validate.ts";

export type { PolicyText };
export interface ExampleRequest {
  readonly principal: Principal;
  readonly tool: string;
  readonly arguments: JsonObject;
  readonly now?: string;
}
export type FindingType = "VALID" | "INVALID" | "ALLOW_ALL" | "ALLOW_NONE" | "DENY_ALL" | "DENY_NONE";
export interface Finding {
  readonly type: FindingType;
  readonly description: string;
  readonly tools?: readonly string[];
  readonly example?: ExampleRequest;
}
export interface Undecided {
  readonly tools: readonly string[];
  readonly reason: string;
}
export interface PolicyReview {
  readonly findings: readonly Finding[];
  readonly undecided: readonly Undecided[];
}
export interface Difference {
  readonly tool: string;
  readonly example: ExampleRequest;
}
export interface Analyzer {
  reviewAlone(policy: PolicyText, configuration: GatewayConfiguration): Promise<PolicyReview>;
  reviewInEngine(
    policy: PolicyText,
    others: readonly PolicyText[],
    configuration: GatewayConfiguration,
  ): Promise<PolicyReview>;
  compare(
    before: readonly PolicyText[],
    after: readonly PolicyText[],
    configuration: GatewayConfiguration,
  ): Promise<{
    readonly newlyAllowed: readonly Difference[];
    readonly newlyDenied: readonly Difference[];
    readonly undecided: readonly Undecided[];
  }>;
  relations(
    policies: readonly PolicyText[],
    configuration: GatewayConfiguration,
  ): Promise<{
    readonly shadowed: readonly { policyId: string; by: string; tools: readonly string[] }[];
    readonly overlaps: readonly { forbid: string; permit: string; tool: string; example: ExampleRequest }[];
    readonly undecided: readonly Undecided[];
  }>;
  close(): Promise<void>;
}
export function createAnalyzer(): Analyzer {
  return {
    reviewAlone: async () => ({ findings: [{ type: "VALID", description: "" }], undecided: [] }),
    reviewInEngine: async () => ({ findings: [], undecided: [] }),
    compare: async () => ({ newlyAllowed: [], newlyDenied: [], undecided: [] }),
    relations: async () => ({ shadowed: [], overlaps: [], undecided: [] }),
    close: async () => {},
  };
}
