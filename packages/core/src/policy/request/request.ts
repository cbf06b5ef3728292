import type { Context, EntityJson } from "@cedar-policy/cedar-wasm/nodejs";
import type { Principal } from "../../identity/principal.ts";
import type { JsonObject } from "../../json.ts";
import { actionType } from "../cedar.ts";
import type { AuthorizationRequest } from "../decision.ts";
import type { PolicySchema, ToolAction } from "../schema/policySchema.ts";
import { ancestorsOf } from "../schema/schemaParts.ts";
import { flatName } from "../slice/flatten.ts";
import type { Slice } from "../slice/slice.ts";
import { encodeInput } from "./encode.ts";

/** A request as Cedar takes it, with no more than the slice's policies can see (needs.ts). */
export type RequestData =
  | { readonly ok: true; readonly context: Context; readonly entities: EntityJson[] }
  | { readonly ok: false; readonly reason: string };

/**
 * The data of a call. Every argument that some policy of the slice can see must be representable, or the call can't be
 * decided; arguments that none can see are not even looked at.
 */
export function requestData(
  slice: Slice,
  schema: PolicySchema,
  { principal, arguments: args, now, interceptor }: Omit<AuthorizationRequest, "tool">,
): RequestData {
  const { needs, flattening, action } = slice;
  const encoded = encodeInput(action.input, args, needs.context || needs.input ? undefined : needs.attributes);
  if (!encoded.ok) return encoded;
  const told = interceptorContext(slice, interceptor);
  if (!told.ok) return told;
  const context = { ...systemContext(slice, now), ...told.context };
  if (flattening.input) putArguments(context, encoded.input, slice);
  else if (needs.context || needs.input || needs.inputPresent) context.input = encoded.input;
  if (flattening.principal) putPrincipal(context, slice, principal);
  const entities = entitiesOf(slice, schema, principal);
  return { ok: true, context, entities: encoded.entities.length === 0 ? entities : [...encoded.entities, ...entities] };
}

/** `context.system`, if it is looked at. */
export function systemContext({ needs }: Slice, now: Date): Context {
  if (!needs.now && !needs.context) return {};
  return { system: { now: { __extn: { fn: "datetime", arg: now.toISOString() } } } };
}

/** What an interceptor tells policies, as Cedar takes it, or what of it some policy needs and isn't there. */
export type Told = { readonly ok: true; readonly context: Context } | { readonly ok: false; readonly reason: string };

const nothingTold: Told = { ok: true, context: {} };

/**
 * `context.interceptor`, if it is looked at. What some policy of the slice can see must be there: without it a permit would
 * not hold, but neither would a forbid, so no policy is asked (T15).
 */
export function interceptorContext({ needs, action: { interceptor } }: Slice, given: JsonObject = {}): Told {
  const names = needs.context ? interceptor?.attributes.keys() : needs.interceptor;
  if (interceptor === undefined || names === undefined) return nothingTold;
  const encoded = encodeInput(interceptor, given, names);
  if (!encoded.ok) return { ok: false, reason: encoded.reason.replace("The argument", "The interceptor's attribute") };
  return Object.keys(encoded.input).length === 0 ? nothingTold : { ok: true, context: { interceptor: encoded.input } };
}

function putArguments(context: Context, input: Context, { flatArguments }: Slice): void {
  for (const [name, flat] of flatArguments) {
    const value = input[name];
    if (value !== undefined) context[flat] = value;
  }
}

function putPrincipal(context: Context, { needs, flatTags }: Slice, { id, tags }: Principal): void {
  if (needs.principalId) context[flatName.principalId] = id;
  for (const [name, flat] of flatTags) {
    const value = Object.hasOwn(tags, name) ? tags[name] : undefined;
    if (value !== undefined) context[flat] = value;
  }
}

const none: EntityJson[] = [];

/** The principal, if the slice reads it as an entity, and the action's hierarchy, if the slice reads that. */
export function entitiesOf(slice: Slice, schema: PolicySchema, principal: Principal, asEntity = false): EntityJson[] {
  const principals = asEntity || !slice.flattening.principal ? principalEntities(slice, principal) : none;
  return slice.needs.action ? [...principals, ...actionEntities(slice, schema)] : principals;
}

function principalEntities({ needs }: Slice, { type, id, tags }: Principal): EntityJson[] {
  if (!needs.principalEntity && !needs.principalId && !needs.allTags && needs.tags.size === 0) return [];
  const names = needs.allTags ? Object.keys(tags) : [...needs.tags].filter((name) => Object.hasOwn(tags, name));
  const seen = Object.fromEntries(names.map((name) => [name, tags[name] ?? ""]));
  const attrs = needs.principalId || needs.principalEntity ? { id } : {};
  return [{ uid: { type, id }, attrs, parents: [], ...(names.length > 0 ? { tags: seen } : {}) }];
}

function actionEntities({ action, needs }: Slice, { actions, groups }: PolicySchema): EntityJson[] {
  const named = [...needs.namedActions].flatMap((name) => actions.get(name) ?? []);
  const parents = new Map<string, string | undefined>(groups);
  for (const { name, group } of [action, ...named] satisfies ToolAction[]) parents.set(name, group);
  return [...parents].map(([name, group]) => ({
    uid: { type: actionType, id: name },
    attrs: {},
    parents: group === undefined ? [] : ancestorsOf(group, groups).map((id) => ({ type: actionType, id })),
  }));
}
