/// <reference path="../.sst/platform/config.d.ts" />
import { type FunctionDefinition, topology } from "../packages/functions/src/topology.ts";
import type { FunctionName, Functions } from "./functions.ts";
import type { Place } from "./place.ts";
import type { Stage } from "./stages.ts";
import { targetRoleName, targetStatements } from "./targetRights.ts";

/** What gateways have where the stage lets them call AWS's services and REST APIs. */
export interface TargetRole {
  readonly targetRole: $util.Output<string>;
}

/** The ARNs of the roles of the functions that take gateways' roles: whom the trust policy of a role of one's own must name. */
export function takingRoles(functions: Functions): $util.Output<string>[] {
  const all = Object.entries<FunctionDefinition>(topology.functions);
  const taking = all.filter(([, { takesGatewayRoles }]) => takesGatewayRoles === true);
  return taking.map(([name]) => functions[name as FunctionName].nodes.role.arn); // The functions have the topology's names.
}

/**
 * The role for targets, where the stage gives targets any rights: gateways that name it as `roleArn` have their requests
 * signed with it. Only the functions that sign can take it, and it has no rights but those which the stage names. A
 * function's own role, which reaches Gatehouse's tables, signs for no target.
 */
export function targetRole(stage: Stage, functions: Functions, place: Place): TargetRole | undefined {
  const statements = targetStatements(stage, place);
  if (statements.length === 0) return undefined;
  const role = new aws.iam.Role("TargetRole", {
    name: targetRoleName(place),
    description: "Signs what gateways send to their targets",
    assumeRolePolicy: $jsonStringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { AWS: takingRoles(functions) }, Action: "sts:AssumeRole" }],
    }),
    inlinePolicies: [
      {
        name: "targets",
        policy: $jsonStringify({
          Version: "2012-10-17",
          Statement: statements.map(({ actions, resources }) => ({
            Effect: "Allow",
            Action: actions,
            Resource: resources,
          })),
        }),
      },
    ],
  });
  return { targetRole: role.arn };
}
