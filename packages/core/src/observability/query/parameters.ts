import * as z from "zod";
import { nearestName } from "../../control/administration/nearest.ts";
import { invalid } from "../../control/input.ts";
import type { FieldError } from "../../errors.ts";

/** A parameter that may be said more than once: any of its values will do. */
const several = (description: string) => z.array(z.string().min(1)).min(1).max(20).optional().describe(description);

const time = (description: string) => z.iso.datetime({ offset: true }).optional().describe(description);

/** From when, inclusive, until when, exclusive. */
export const range = {
  from: time("From when, inclusive, in RFC 3339; 24 hours before `to` unless it is said."),
  to: time("Until when, exclusive, in RFC 3339; now unless it is said."),
};

/** Of a list that comes in pages. */
export const page = {
  maxResults: z.number().int().min(1).max(1_000).default(100).describe("How many a page has at most."),
  nextToken: z.string().min(1).optional().describe("Where the next page begins, as the page before has said."),
};

/** The form of an answer that is a table. */
export const format = {
  format: z
    .enum(["json", "csv"])
    .default("json")
    .describe("`csv`: RFC 4180 with a header line; where there are more pages, `x-gatehouse-next-token` says so."),
};

/** Which decisions; all that are said must hold. */
export const decisionFilter = {
  gateway: several("The gateway's id."),
  principal: several("Who called: the token's subject, or the access key's id."),
  agent: several("The agent that acted for the principal: the token's `client_id`."),
  engine: several("The policy engine's id or ARN."),
  method: several("As in `tools/call`."),
  target: several("The target's name."),
  tool: several("The tool's name as agents call it: `Target___tool`."),
  policy: several("The id of a policy that determined the decision."),
  decision: z.enum(["ALLOW", "DENY"]).optional().describe("What was decided."),
  outcome: several("What it meant: `allowed`, `denied`, `would-deny`, `rejected`, `listed`."),
  mode: z.enum(["ENFORCE", "LOG_ONLY"]).optional().describe("The mode of the policy engine."),
  flips: z
    .boolean()
    .optional()
    .describe("Whether something in LOG_ONLY would have changed the caller's answer, had it been enforced."),
};

/** Which evaluations; all that are said must hold. */
export const evaluationFilter = {
  config: several("The id of the configuration of online evaluation."),
  evaluator: several("The evaluator's id."),
  session: several("The session's id."),
  agent: several("The agent that was judged, as its spans name it."),
  agentVersion: several("Its version."),
  label: several("What the evaluator has said."),
  error: several("The code of why there is no label."),
};

/** What cells of aggregates are told apart by, as parameters; all that are said must hold. */
export const cellFilter = {
  gateway: several("The gateway's id; of the cubes `decisions` and `calls`."),
  agent: several("The agent: of `decisions` and `calls` the token's `client_id`, else the name in its spans."),
  principal: several("Who called; of the cubes `decisions` and `calls`."),
  engine: several("The policy engine's id or ARN."),
  mode: several("The mode of the policy engine: `ENFORCE`, `LOG_ONLY`."),
  method: several("As in `tools/call`."),
  target: several("The target's name."),
  tool: several("The tool's name."),
  decision: several("`ALLOW`, `DENY`."),
  outcome: several("What it meant for the caller."),
  policy: several("The id of a policy that determined the decision; of the cube `decisions`."),
  flippingPolicy: several("The id of a policy in LOG_ONLY that, enforced, would have changed the decision."),
  error: several(
    "How it failed: `4xx`, `5xx`, `timeout`, `tool`, `refused`; of the cube `evaluations`, the code of why there is no label.",
  ),
  statusCode: several("The HTTP status of the target."),
  provider: several("The provider of the model."),
  model: several("The model's id."),
  config: several("The id of the configuration of online evaluation; of the cube `evaluations`, as those that follow."),
  evaluator: several("The evaluator's id."),
  label: several("What the evaluator has said."),
  agentVersion: several("The version of the agent that was judged."),
};

/**
 * The parameters of a request, from its query and the labels of its path, by an operation's schema.
 * @throws GatehouseError `validation` that names every one that is unknown, missing, or not as it should be.
 */
export function readParameters<Schema extends z.ZodObject>(
  schema: Schema,
  query: Readonly<Record<string, readonly string[]>>,
  labels: Readonly<Record<string, string>>,
): z.output<Schema> {
  const problems: FieldError[] = [];
  const given: Record<string, unknown> = Object.create(null);
  for (const [name, values] of Object.entries(query)) {
    // Whatever a query holds, it can't say what the path says.
    if (Object.hasOwn(labels, name) || !Object.hasOwn(schema.shape, name)) {
      problems.push({ name, message: unknown(name, Object.keys(schema.shape)) });
    } else given[name] = readValue(name, values, schema.shape[name], problems);
  }
  const parsed = schema.safeParse({ ...given, ...labels });
  if (parsed.success && problems.length === 0) return parsed.data;
  for (const { path, message } of parsed.error?.issues ?? []) {
    problems.push({ name: String(path[0] ?? ""), message: `is not as it should be: ${message}` });
  }
  throw invalid(problems);
}

function unknown(name: string, names: readonly string[]): string {
  const meant = nearestName(name, names);
  return `is no parameter here; ${meant === undefined ? `there are ${names.join(", ")}` : `did you mean ${meant}`}`;
}

/** Queries hold text; what doesn't read as the schema's type stays text, which the schema then refuses by name. */
function readValue(name: string, values: readonly string[], schema: unknown, problems: FieldError[]): unknown {
  const type = unwrapped(schema);
  if (type instanceof z.ZodArray) return values;
  const [value = ""] = values;
  if (values.length > 1) problems.push({ name, message: "is said more than once" });
  if (type instanceof z.ZodNumber && /^\d{1,15}$/.test(value)) return Number(value);
  if (type instanceof z.ZodBoolean && (value === "true" || value === "false")) return value === "true";
  return value;
}

/** The schema within those that say what holds where nothing is given. */
export function unwrapped(schema: unknown): unknown {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodDefault ? unwrapped(schema.unwrap()) : schema;
}
