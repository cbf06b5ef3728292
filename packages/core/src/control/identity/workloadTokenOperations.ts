import type { StaticOperationSchema } from "@smithy/types";
import type { Constraint } from "../constraints/constraint.ts";
import { ofShape } from "../constraints/shapes.ts";
import { dateTime, operation, string, structure } from "../own/schema.ts";

/** What AgentCore has no operation for: there, workload access tokens hold until they expire. */
export const workloadTokenOperations: readonly StaticOperationSchema[] = [
  operation(
    "RevokeWorkloadAccessTokens",
    ["POST", "/identities/RevokeWorkloadAccessTokens", 200],
    structure("RevokeWorkloadAccessTokensRequest", { name: string }),
    structure("RevokeWorkloadAccessTokensResponse", {
      name: string,
      workloadIdentityArn: string,
      tokensNotBefore: dateTime,
    }),
  ),
];

/** What holds for their members beyond their types, by structure and member. */
export const workloadTokenConstraints = {
  RevokeWorkloadAccessTokensRequest: { name: ofShape("WorkloadIdentityNameType", "data") },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Constraint>>>>;

/** The operations on workload access tokens that are Gatehouse's own, by name. */
export interface WorkloadTokenOperations {
  RevokeWorkloadAccessTokens: {
    input: { readonly name: string };
    output: { readonly name: string; readonly workloadIdentityArn: string; readonly tokensNotBefore: Date };
  };
}
