import { readdirSync, readFileSync } from "node:fs";
import { type EntityJson, isAuthorized } from "@cedar-policy/cedar-wasm/nodejs";
import { describe, expect, test } from "vitest";
import type { Principal } from "../../identity/principal.ts";
import type { JsonObject } from "../../json.ts";
import { compilePolicies } from "../engine.ts";
import { encodeInput } from "../request/encode.ts";
import { ancestorsOf } from "../schema/schemaParts.ts";
import { gatewayOf, policiesOf } from "../testing/configuration.ts";

/**
 * A corpus in the style of Cedar's own (cedar-policy/cedar-integration-tests): policies, requests, and what is to come of
 * them. Claims stand where Cedar's has entities, and the schema is that of one gateway (gateway.json). Each request is
 * decided twice: by the engine, and by plain Cedar with all policies and the whole request at once. Where the two differ
 * on purpose (what errs denies), `plain` says what Cedar alone makes of it.
 */
interface Case {
  readonly description: string;
  readonly policies: Readonly<Record<string, string>>;
  readonly requests: readonly CorpusRequest[];
}

interface Expected {
  readonly decision: "allow" | "deny";
  /** The policies that decided. */
  readonly reason: readonly string[];
  /** The policies that erred. */
  readonly errors: readonly string[];
}

interface CorpusRequest extends Expected {
  readonly description: string;
  readonly principal: {
    readonly type: "AgentCore::OAuthUser";
    readonly id: string;
    readonly claims: Record<string, string>;
  };
  readonly action: { readonly type: string; readonly id: string };
  readonly resource: { readonly type: string; readonly id: string };
  readonly context: { readonly input: JsonObject; readonly system: { readonly now: string } };
  readonly plain?: Expected;
}

const read = (name: string) => JSON.parse(readFileSync(`${import.meta.dirname}/${name}`, "utf8"));
const { gatewayArn, targets }: { gatewayArn: string; targets: Record<string, Record<string, JsonObject>> } =
  read("gateway.json");
const configuration = gatewayOf(
  Object.fromEntries(
    Object.entries(targets).map(([target, tools]) => [
      target,
      Object.entries(tools).map(([name, inputSchema]) => ({ name, inputSchema })),
    ]),
  ),
  { gatewayArn },
);
const names = readdirSync(import.meta.dirname).filter((name) => name.endsWith(".json") && name !== "gateway.json");

function ours({ policies }: Case, { principal, action, context }: CorpusRequest): Expected {
  const records = policiesOf(...Object.values(policies));
  const ids = Object.keys(policies);
  const engine = compilePolicies({
    configuration,
    policies: records.map((record, place) => ({ ...record, policyId: ids[place] ?? "" })),
  });
  const { type, id, claims } = principal;
  const who: Principal = { type, id, tags: claims };
  const { decision, determiningPolicies, error } = engine.authorize({
    principal: who,
    tool: action.id,
    arguments: context.input,
    now: new Date(context.system.now),
  });
  engine.release();
  return {
    decision: decision === "ALLOW" ? "allow" : "deny",
    reason: error ? [] : determiningPolicies,
    errors: error ? determiningPolicies : [],
  };
}

function plainCedar({ policies }: Case, { principal, action, resource, context }: CorpusRequest): Expected {
  const { schema } = compilePolicies({ configuration, policies: [] });
  const { type, id, claims } = principal;
  const input = schema.actions.get(action.id)?.input;
  const encoded = input ? encodeInput(input, context.input) : undefined;
  if (!encoded?.ok) throw new Error(encoded?.reason ?? `There is no tool ${action.id}.`);
  const groups = [...schema.groups, ...[...schema.actions.values()].map(({ name, group }) => [name, group] as const)];
  const actions: EntityJson[] = groups.map(([name, group]) => ({
    uid: { type: action.type, id: name },
    attrs: {},
    parents:
      group === undefined ? [] : ancestorsOf(group, schema.groups).map((one) => ({ type: action.type, id: one })),
  }));
  const answer = isAuthorized({
    principal: { type, id },
    action,
    resource,
    context: { input: encoded.input, system: { now: { __extn: { fn: "datetime", arg: context.system.now } } } },
    policies: { staticPolicies: { ...policies } },
    entities: [{ uid: { type, id }, attrs: { id }, parents: [], tags: claims }, ...actions, ...encoded.entities],
    schema: schema.json,
    validateRequest: true,
  });
  if (answer.type === "failure") throw new Error(JSON.stringify(answer.errors));
  const { decision, diagnostics } = answer.response;
  return {
    decision: decision === "allow" ? "allow" : "deny",
    reason: diagnostics.reason.sort(),
    errors: diagnostics.errors.map(({ policyId }) => policyId).sort(),
  };
}

describe.each(names)("%s", (name) => {
  const cases: Case[] = read(name);
  const requests = cases.flatMap((one) => one.requests.map((request) => ({ one, request })));

  test.each(requests.map(({ one, request }) => [`${one.description}: ${request.description}`, one, request] as const))(
    "%s",
    (_, one, request) => {
      const { decision, reason, errors, plain } = request;
      expect(ours(one, request)).toEqual({ decision, reason, errors });
      expect(plainCedar(one, request)).toEqual(plain ?? { decision, reason, errors });
    },
  );
});
