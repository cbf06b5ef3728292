import type { AuthorizationCall, EntityJson } from "@cedar-policy/cedar-wasm/nodejs";
import { actionType, gatewayType } from "../cedar.ts";
import type { AuthorizationRequest } from "../decision.ts";
import { encodeInput } from "../request/encode.ts";
import type { PolicySchema } from "../schema/policySchema.ts";
import { ancestorsOf } from "../schema/schemaParts.ts";

/** For tests only: a call as plain Cedar takes it, with the whole action hierarchy and no preparation. */
export function plainRequest(
  { tool, principal: { type, id, tags }, arguments: args, now, interceptor }: AuthorizationRequest,
  schema: PolicySchema,
): Omit<AuthorizationCall, "policies"> {
  const action = schema.actions.get(tool);
  if (!action) throw new Error(`There is no tool ${tool}.`);
  const encoded = encodeInput(action.input, args);
  if (!encoded.ok) throw new Error(encoded.reason);
  return {
    ...plainScope({ tool, principal: { type, id, tags } }, schema, encoded.entities),
    context: {
      input: encoded.input,
      system: { now: { __extn: { fn: "datetime", arg: now.toISOString() } } },
      ...(interceptor === undefined ? {} : { interceptor }),
    },
  };
}

/** For tests only: who, what and where of a call, without its context. */
export function plainScope(
  { tool, principal: { type, id, tags } }: Pick<AuthorizationRequest, "tool" | "principal">,
  { actions, groups, gatewayArn }: PolicySchema,
  entities: readonly EntityJson[] = [],
): Omit<AuthorizationCall, "policies"> {
  const uid = (action: string) => ({ type: actionType, id: action });
  const parents = new Map([...groups, ...[...actions.values()].map((one) => [one.name, one.group] as const)]);
  const hierarchy: EntityJson[] = [...parents].map(([name, group]) => ({
    uid: uid(name),
    attrs: {},
    parents: group === undefined ? [] : ancestorsOf(group, groups).map(uid),
  }));
  const self: EntityJson = { uid: { type, id }, attrs: { id }, parents: [], tags: { ...tags } };
  return {
    principal: { type, id },
    action: uid(tool),
    resource: { type: gatewayType, id: gatewayArn },
    context: {},
    entities: [self, ...hierarchy, ...entities],
  };
}
