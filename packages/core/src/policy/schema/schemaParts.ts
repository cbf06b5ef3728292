import type { ActionType, EntityType, PolicyJson, SchemaJson } from "@cedar-policy/cedar-wasm/nodejs";
import { getPromptGroup, promptsGroupOf, readResourceGroup } from "../../features.ts";
import type { GatewayConfiguration } from "../../storage/records.ts";
import { namespace, unqualified } from "../cedar.ts";
import { addNeeds, noNeeds } from "../slice/needs.ts";
import type { Attribute, RecordType } from "./inputType.ts";
import type { PolicySchema, ToolAction } from "./policySchema.ts";

/** The group of every tool call. */
export const callToolGroup = "CallTool";

/** The group of everything that MCP can ask for. */
export const mcpGroup = "Mcp";

/** The action groups of a gateway: one a target, in CallTool, in Mcp; and those of prompts and resources beside CallTool. */
export function actionGroups({ targets }: GatewayConfiguration): Map<string, string | undefined> {
  const own = targets.flatMap(({ name, features }): [string, string][] => [
    [name, callToolGroup],
    ...(features?.prompts === undefined ? [] : [[promptsGroupOf(name), getPromptGroup] satisfies [string, string]]),
  ]);
  return new Map([...own, ...kindsOfAction.map((group): [string, string] => [group, mcpGroup]), [mcpGroup, undefined]]);
}

/** The groups of what agents can ask for: a target of such a name would be another group. */
const kindsOfAction = [callToolGroup, getPromptGroup, readResourceGroup];
export const reservedGroups: ReadonlySet<string> = new Set([...kindsOfAction, mcpGroup]);

/** The groups that a tool is a member of, nearest first. */
export function ancestorsOf(group: string, groups: ReadonlyMap<string, string | undefined>): string[] {
  const parent = groups.get(group);
  return parent === undefined ? [group] : [group, ...ancestorsOf(parent, groups)];
}

/** Some of a gateway's groups: those of the names that are groups, with all that they are members of. */
export function groupsAbove(
  names: Iterable<string>,
  groups: ReadonlyMap<string, string | undefined>,
): Map<string, string | undefined> {
  const above = [...names].filter((name) => groups.has(name)).flatMap((name) => ancestorsOf(name, groups));
  return new Map(above.map((name) => [name, groups.get(name)]));
}

const entityTypes: Readonly<Record<string, EntityType<string>>> = {
  OAuthUser: {
    shape: { type: "Record", attributes: { id: { type: "EntityOrCommon", name: "String" } } },
    tags: { type: "EntityOrCommon", name: "String" },
  },
  IamEntity: { shape: { type: "Record", attributes: { id: { type: "EntityOrCommon", name: "String" } } } },
  Gateway: {},
};

/** An action as far as a policy can name it. */
export type NamedAction = Pick<ToolAction, "name" | "group" | "types">;

/**
 * The schema of some of a gateway's tools. A policy is validated much faster against the actions it can apply to than
 * against all; `named` are further tools whose actions or types it mentions. These must be known, but never apply.
 */
export function assembleSchema(
  actions: Iterable<ToolAction>,
  groups: ReadonlyMap<string, string | undefined>,
  principalType: string,
  named: Iterable<NamedAction> = [],
): SchemaJson<string> {
  const definitions = {
    commonTypes: {},
    entityTypes: { ...entityTypes },
    actions: {} as Record<string, ActionType<string>>,
  };
  const add = (action: NamedAction, appliesTo: object) => {
    Object.assign(definitions.commonTypes, action.types.commonTypes);
    Object.assign(definitions.entityTypes, action.types.entityTypes);
    definitions.actions[action.name] = { ...member(action.group), ...appliesTo };
  };
  for (const [group, parent] of groups) definitions.actions[group] = member(parent);
  for (const action of named) add(action, {});
  for (const action of actions) add(action, { appliesTo: appliesTo(action, principalType) });
  return { [namespace]: definitions };
}

/** What policies name outside of their scopes. */
export interface Named {
  /** By their actions or by the types of their inputs. */
  readonly tools: ReadonlySet<ToolAction>;
  /** Actions and groups of actions, whether there are any of the name or not. */
  readonly actions: ReadonlySet<string>;
}

/** What policies name outside of their scopes. */
export function namedBy(policies: Iterable<PolicyJson>, { actions, typeOwners }: PolicySchema): Named {
  const needs = noNeeds();
  for (const policy of policies) addNeeds(needs, policy);
  const tools = new Set([
    ...[...needs.namedActions].flatMap((name) => actions.get(name) ?? []),
    ...[...needs.namedTypes].flatMap((type) => typeOwners.get(unqualified(type)) ?? []),
  ]);
  return { tools, actions: needs.namedActions };
}

function member(group: string | undefined): ActionType<string> {
  return {
    appliesTo: { principalTypes: [], resourceTypes: [] },
    ...(group === undefined ? {} : { memberOf: [{ id: group }] }),
  };
}

/** The types of what a gateway's interceptor tells policies: as each of them is there, or no policy is asked. */
export function interceptorType({ gateway }: GatewayConfiguration): RecordType | undefined {
  const attributes = gateway.settings?.interceptorContext ?? [];
  if (attributes.length === 0) return undefined;
  const typed = attributes.map(({ name, type }) => [name, { type: { kind: interceptorKinds[type] }, required: true }]);
  return { kind: "record", attributes: new Map(typed as [string, Attribute][]), leftOut: new Set() };
}

const interceptorKinds = { STRING: "string", LONG: "long", BOOL: "bool" } as const;
const cedarNames: Readonly<Record<string, string>> = { string: "String", long: "Long", bool: "Bool" };

function interceptorAttributes({ attributes }: RecordType) {
  const typed = [...attributes].map(([name, { type }]) => [
    name,
    { type: "EntityOrCommon" as const, name: cedarNames[type.kind] ?? "" },
  ]);
  return { type: "Record" as const, attributes: Object.fromEntries(typed) };
}

function appliesTo({ inputTypeName, interceptor }: ToolAction, principalType: string) {
  const now = { type: "EntityOrCommon" as const, name: "datetime" };
  return {
    principalTypes: [unqualified(principalType)],
    resourceTypes: ["Gateway"],
    context: {
      type: "Record" as const,
      attributes: {
        input: { type: inputTypeName },
        system: { type: "Record" as const, attributes: { now } },
        ...(interceptor === undefined ? {} : { interceptor: interceptorAttributes(interceptor) }),
      },
    },
  };
}
