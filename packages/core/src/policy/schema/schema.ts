import { type SchemaJson, schemaToText } from "@cedar-policy/cedar-wasm/nodejs";
import { GatehouseError, messageOf } from "../../errors.ts";
import { featureActionsOf } from "../../features.ts";
import type { GatewayConfiguration } from "../../storage/records.ts";
import { principalTypeOf, toolsOf } from "../../tools.ts";
import { describeErrors } from "../cedar.ts";
import type { PolicySchema, ToolAction, Unrepresented } from "./policySchema.ts";
import { actionGroups, assembleSchema, interceptorType } from "./schemaParts.ts";
import { generateActions } from "./toolActions.ts";

/**
 * Builds the Cedar schema of a gateway from its tools.
 *
 * The types come from Cedar's own generator for MCP tools (`@cedar-policy/mcp-schema-generator-wasm`), because the
 * service uses the same one: policies written for one work with the other. Where we deviate, and why:
 *
 * - Its answer for many tools is all or nothing, and it makes type names of tool and property names. So tools are
 *   normalised first (normalize.ts), generated under an alias where their name is no identifier, and renamed afterwards;
 *   of a tool that still fails, whatever fails is left out with the reason (fit.ts), and takes no other with it.
 * - An action group applies to nothing. The generator's stub needs a group that applies to requests without an input,
 *   and then no policy for the whole group could speak of `context.input`.
 * - `context.system.now` is added, and only the principal type that the gateway's authorizer lets in is named: with two
 *   types strict validation would refuse every use of tags.
 * - Types that nothing refers to are left out.
 * - `context.interceptor` is added where the gateway's settings say what its interceptor tells policies.
 */
export function buildSchema(configuration: GatewayConfiguration): PolicySchema {
  const known = built.get(configuration);
  if (known) return known;
  const schema = build(configuration);
  built.set(configuration, schema);
  return schema;
}

/** A configuration never changes, so its schema is built once: generating takes 150 ms for 1,000 tools. */
const built = new WeakMap<GatewayConfiguration, PolicySchema>();

function build(configuration: GatewayConfiguration): PolicySchema {
  const principalType = principalTypeOf(configuration.gateway.authorizerType);
  const groups = actionGroups(configuration);
  const {
    actions: generated,
    unrepresentable: tools,
    gaps,
  } = generateActions(toolsOf(configuration), featureActionsOf(configuration), groups);
  const actions = withInterceptor(generated, interceptorType(configuration));
  const json = assembleSchema(actions.values(), groups, principalType);
  const unrepresentable: Unrepresented[] = [
    ...[...tools].map(([tool, reason]) => ({ tool, reason, policiesSee: "nothing" as const })),
    ...[...gaps].flatMap(([tool, list]) => list.map((gap) => ({ tool, ...gap }))),
  ];
  return {
    gatewayArn: configuration.gateway.gatewayArn,
    principalType,
    actions,
    groups,
    unrepresentableTools: tools,
    unrepresentable,
    typeOwners: typeOwners(actions.values()),
    json,
    text: () => textOf(json),
    describe: () => ({ cedarText: textOf(json), cedarJson: json, unrepresentable }),
  };
}

function withInterceptor(actions: ReadonlyMap<string, ToolAction>, interceptor: ToolAction["interceptor"]) {
  if (interceptor === undefined) return actions;
  return new Map([...actions].map(([name, action]) => [name, { ...action, interceptor }]));
}

function typeOwners(actions: Iterable<ToolAction>): Map<string, ToolAction> {
  return new Map([...actions].flatMap((action) => Object.keys(action.types.entityTypes).map((type) => [type, action])));
}

function textOf(json: SchemaJson<string>): string {
  try {
    const answer = schemaToText(json);
    if (answer.type === "success") return answer.text;
    throw new GatehouseError("internal", `The schema cannot be written as text: ${describeErrors(answer.errors)}`);
  } catch (error) {
    if (error instanceof GatehouseError) throw error;
    throw new GatehouseError("internal", `The schema cannot be written as text: ${messageOf(error)}`, { cause: error });
  }
}
