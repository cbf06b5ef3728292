import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import type { GatewayConfiguration } from "../../storage/records.ts";
import { toolsOf } from "../../tools.ts";
import type { InputType } from "../schema/inputType.ts";
import type { PolicySchema, ToolAction } from "../schema/policySchema.ts";
import { buildSchema } from "../schema/schema.ts";
import { stem, stemsOf, wordsOf } from "./stems.ts";

/** A parameter of a tool, at any depth of its input. */
export interface Parameter {
  /** From the input down: one name, or more for a property of an object. */
  readonly path: readonly string[];
  readonly type: InputType;
  /** For each name of the path, whether it may be absent. */
  readonly optional: readonly boolean[];
  readonly description: string;
  /** The stems of its own name, of the last segment of the path. */
  readonly stems: readonly string[];
  /** The stems of the names above. */
  readonly above: readonly string[];
  /** Values that its description or schema names. */
  readonly named: ReadonlySet<string>;
}

/** A tool as a text may speak of it. */
export interface Tool {
  /** `Target___tool`. */
  readonly name: string;
  readonly target: string | undefined;
  readonly ownName: string;
  /** The stems of its own name, in order: the first is mostly what it does. */
  readonly stems: readonly string[];
  readonly targetStems: ReadonlySet<string>;
  /** The stems of what its description says it does, up to the first circumstance: "Creates an insurance application". */
  readonly does: readonly string[];
  /** The stems of what that is of: an employee in "changes the salary of an employee". */
  readonly of: readonly string[];
  readonly parameters: readonly Parameter[];
}

/** The words that a gateway gives meaning to. */
export interface Vocabulary {
  readonly schema: PolicySchema;
  readonly tools: readonly Tool[];
  /** Claims of its users' tokens, as they are spelled. */
  readonly claims: readonly string[];
}

/** Claims that a text may name without more ado: those of OpenID Connect, and those that issuers mostly add. */
const commonClaims = (
  "sub iss username email scope client_id azp department role team group region country tenant organization division " +
  "title location level tier plan clearance company office project"
).split(" ");

/** Collects the words of a gateway: its tools, their parameters, the claims that its authorizer checks. */
export function vocabularyOf(configuration: GatewayConfiguration): Vocabulary {
  const known = collected.get(configuration);
  if (known) return known;
  const vocabulary = collect(configuration);
  collected.set(configuration, vocabulary);
  return vocabulary;
}

/** A configuration never changes. */
const collected = new WeakMap<GatewayConfiguration, Vocabulary>();

function collect(configuration: GatewayConfiguration): Vocabulary {
  const schema = buildSchema(configuration);
  const tools = toolsOf(configuration).flatMap(({ name, target, description }) => {
    const action = schema.actions.get(name);
    if (!action) return [];
    const ownName = target ? description.name : name;
    return {
      name,
      target: target?.name,
      ownName,
      stems: stemsOf(ownName),
      targetStems: new Set(stemsOf(target?.name ?? "").filter((one) => !emptyStems.has(one))),
      ...doingOf(description.description ?? ""),
      parameters: parametersOf(action, description.inputSchema),
    };
  });
  return { schema, tools, claims: [...new Set([...commonClaims, ...claimsOf(configuration)])] };
}

/** Words of targets' names that say nothing of what they do. */
const emptyStems = new Set(["target", "tool", "api", "service", "server", "mcp", "lambda", "gateway"].map(stem));

function claimsOf({ gateway }: GatewayConfiguration): string[] {
  const authorizer = gateway.authorizerConfiguration?.customJWTAuthorizer;
  return (authorizer?.customClaims ?? []).flatMap(({ inboundTokenClaimName: name }) => name ?? []);
}

const articles = new Set(["a", "an", "the"]);

/** Where what a tool does ends, and how, where and for whom it does it begins. */
const circumstances = new Set(
  "about after and as at back before between by for from how if in into on or over so that then to unless until when where which while with".split(
    " ",
  ),
);

function doingOf(description: string): Pick<Tool, "does" | "of"> {
  const clause = /^[\p{L}\p{N}\s'’-]*/u.exec(description)?.[0] ?? "";
  const words = wordsOf(clause.replaceAll(/['’]s\b/g, ""));
  const end = words.findIndex((word) => circumstances.has(word));
  const doing = (end < 0 ? words : words.slice(0, end)).filter((word) => !articles.has(word));
  // Who approves the underwriting of a claim approves a claim, but who changes the salary of an employee changes no employee.
  const of = doing.findIndex((word, i) => word === "of" && !/(?:ing|ion|al|ment)$/.test(doing[i - 1] ?? ""));
  const stems = (some: readonly string[]) => some.filter((word) => word !== "of").map(stem);
  return of < 0 ? { does: stems(doing), of: [] } : { does: stems(doing.slice(0, of)), of: stems(doing.slice(of)) };
}

/** Deeper properties are nothing that people speak of. */
const deepestPath = 4;

function parametersOf({ input }: ToolAction, inputSchema: JsonObject): Parameter[] {
  return within(input, inputSchema, { path: [], optional: [] });
}

type Above = Pick<Parameter, "path" | "optional">;

function within(type: InputType, schema: Json | undefined, above: Above): Parameter[] {
  if (type.kind !== "record" || above.path.length >= deepestPath) return [];
  const properties = isJsonObject(schema) && isJsonObject(schema.properties) ? schema.properties : {};
  return [...type.attributes].flatMap(([name, attribute]) => {
    const own = properties[name];
    const here = { path: [...above.path, name], optional: [...above.optional, !attribute.required] };
    return [describe(attribute.type, own, here), ...within(attribute.type, own, here)];
  });
}

function describe(type: InputType, schema: Json | undefined, { path, optional }: Above): Parameter {
  const description = isJsonObject(schema) && typeof schema.description === "string" ? schema.description : "";
  return {
    path,
    type,
    optional,
    description,
    stems: stemsOf(path.at(-1) ?? ""),
    above: path.slice(0, -1).flatMap(stemsOf),
    named: new Set([...listsIn(description), ...examplesIn(schema)]),
  };
}

/** The members of lists in a description: "low, medium or high", "such as US". */
function listsIn(description: string): string[] {
  const lists = description.match(/[\p{L}\p{N}_-]+(?:, [\p{L}\p{N}_-]+)*,? (?:or|and) [\p{L}\p{N}_-]+/gu) ?? [];
  const examples = [...description.matchAll(/\b(?:as in|such as|like|e\.g\.,?) ["']?([\p{L}\p{N}_-]+)/gu)];
  const members = lists
    .filter((list) => list.includes(","))
    .flatMap((list) => list.split(/, (?:or |and )?| or | and /));
  return [...members, ...examples.map(([, example = ""]) => example)];
}

function examplesIn(schema: Json | undefined): string[] {
  if (!isJsonObject(schema)) return [];
  const values = [schema.default ?? null, ...(Array.isArray(schema.examples) ? schema.examples : [])];
  return values.filter((value) => typeof value === "string");
}
