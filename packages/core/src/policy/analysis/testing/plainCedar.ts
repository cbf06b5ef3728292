import { type EntityJson, isAuthorized } from "@cedar-policy/cedar-wasm/nodejs";
import type { GatewayConfiguration } from "../../../storage/records.ts";
import { encodeInput } from "../../request/encode.ts";
import { buildSchema } from "../../schema/schema.ts";
import { ancestorsOf } from "../../schema/schemaParts.ts";
import { parseStatement } from "../../statement.ts";
import type { ExampleRequest } from "../example.ts";

/** What plain Cedar makes of one policy, with the whole request and the whole action hierarchy and no preparation. */
export function evaluatePlainly(
  statement: string,
  { principal, tool, arguments: args, now = "1970-01-01T00:00:00.000Z" }: ExampleRequest,
  configuration: GatewayConfiguration,
): "satisfied" | "not satisfied" | "error" {
  const schema = buildSchema(configuration);
  const action = schema.actions.get(tool);
  if (!action) throw new Error(`no tool ${tool}`);
  const encoded = encodeInput(action.input, args);
  if (!encoded.ok) throw new Error(encoded.reason);
  const uid = (id: string) => ({ type: "AgentCore::Action", id });
  const parents = new Map([
    ...schema.groups,
    ...[...schema.actions.values()].map((one) => [one.name, one.group] as const),
  ]);
  const hierarchy: EntityJson[] = [...parents].map(([id, group]) => ({
    uid: uid(id),
    attrs: {},
    parents: group === undefined ? [] : ancestorsOf(group, schema.groups).map(uid),
  }));
  const self: EntityJson = {
    uid: { type: principal.type, id: principal.id },
    attrs: { id: principal.id },
    parents: [],
    tags: { ...principal.tags },
  };
  const answer = isAuthorized({
    principal: { type: principal.type, id: principal.id },
    action: uid(tool),
    resource: { type: "AgentCore::Gateway", id: schema.gatewayArn },
    context: { input: encoded.input, system: { now: { __extn: { fn: "datetime", arg: now } } } },
    entities: [self, ...hierarchy, ...encoded.entities],
    policies: { staticPolicies: { policy: statement } },
  });
  if (answer.type === "failure") throw new Error(JSON.stringify(answer.errors));
  const { decision, diagnostics } = answer.response;
  if (diagnostics.errors.length > 0) return "error";
  const satisfied =
    parseStatement(statement).effect === "permit" ? decision === "allow" : diagnostics.reason.length > 0;
  return satisfied ? "satisfied" : "not satisfied";
}
