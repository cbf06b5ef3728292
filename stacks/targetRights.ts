/// <reference path="../.sst/platform/config.d.ts" />
import { physicalName } from "./names.ts";
import type { Statement } from "./permissions.ts";
import type { Place } from "./place.ts";
import { type Stage, targetRightsOf } from "./stages.ts";

/**
 * The ARN of the role for targets, where there is one. It is known before the role is made: the functions' roles name it in
 * what they may do, and must be there before its trust policy can name them.
 */
export function targetRoleArn(stage: Stage, place: Place): $util.Output<string>[] {
  if (targetStatements(stage, place).length === 0) return [];
  return [$interpolate`arn:${place.partition}:iam::${place.accountId}:role/${targetRoleName(place)}`];
}

/** Roles are of the whole account, whatever the region. It fits into 64 characters for every name of a stage. */
export function targetRoleName({ region }: Place): $util.Output<string> {
  return $interpolate`${physicalName("target")}-${region}`;
}

/** What the stage lets gateways do at AWS's services and REST APIs: nothing where it names none. */
export function targetStatements(stage: Stage, { partition, region, accountId }: Place): Statement[] {
  const apis = stage.restApis.map((id) => $interpolate`arn:${partition}:execute-api:${region}:${accountId}:${id}/*`);
  return [...targetRightsOf(stage), ...(apis.length > 0 ? [{ actions: ["execute-api:Invoke"], resources: apis }] : [])];
}
