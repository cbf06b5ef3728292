/// <reference path="../.sst/platform/config.d.ts" />
import { type FunctionDefinition, topology } from "../packages/functions/src/topology.ts";
import type { FunctionName, Functions } from "./functions.ts";
import { physicalName } from "./names.ts";
import type { Statement } from "./permissions.ts";
import type { Place } from "./place.ts";
import { type Stage, targetRightsOf } from "./stages.ts";

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
  const statements = statementsOf(stage, place);
  if (statements.length === 0) return undefined;
  const role = new aws.iam.Role("TargetRole", {
    name: roleName(place),
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

/**
 * The ARN of the role for targets, where there is one. It is known before the role is made: the functions' roles name it in
 * what they may do, and must be there before its trust policy can name them.
 */
export function targetRoleArn(stage: Stage, place: Place): $util.Output<string>[] {
  if (statementsOf(stage, place).length === 0) return [];
  return [$interpolate`arn:${place.partition}:iam::${place.accountId}:role/${roleName(place)}`];
}

/** Roles are of the whole account, whatever the region. It fits into 64 characters for every name of a stage. */
function roleName({ region }: Place): $util.Output<string> {
  return $interpolate`${physicalName("target")}-${region}`;
}

function statementsOf(stage: Stage, { partition, region, accountId }: Place): Statement[] {
  const apis = stage.restApis.map((id) => $interpolate`arn:${partition}:execute-api:${region}:${accountId}:${id}/*`);
  return [...targetRightsOf(stage), ...(apis.length > 0 ? [{ actions: ["execute-api:Invoke"], resources: apis }] : [])];
}
