import type { Principal } from "../../identity/principal.ts";
import type { Json, JsonObject } from "../../json.ts";

/** A request that the solver found and that the real engine has confirmed. */
export interface ExampleRequest {
  readonly principal: Principal;
  readonly tool: string;
  readonly arguments: JsonObject;
  /** When the call is made, RFC 3339; absent where no policy looks at the time. */
  readonly now?: string;
  /** What the gateway's interceptor says of the call, where it says something. */
  readonly interceptor?: JsonObject;
}

/** A request in words: `user "alice" with department "finance" calls T___x with {"amount":5}`. */
export function describeRequest({ principal, tool, arguments: args, now, interceptor }: ExampleRequest): string {
  const tags = Object.entries(principal.tags).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  return [
    `${principal.type === "AgentCore::OAuthUser" ? "user" : "IAM identity"} ${JSON.stringify(principal.id)}`,
    ...(tags.length > 0 ? [`with ${tags.join(" and ")}`] : []),
    `calls ${tool}`,
    Object.keys(args).length > 0 ? `with ${JSON.stringify(args)}` : "without arguments",
    ...(now === undefined ? [] : [`at ${now}`]),
    ...(interceptor === undefined ? [] : [`of which the interceptor says ${JSON.stringify(interceptor)}`]),
  ].join(" ");
}

/**
 * Makes an example easier to read, step by step, as long as it still shows what it is to show: leaves out what doesn't
 * matter, and puts small numbers in the place of large ones.
 *
 * @param shows Whether a request still is an example. Called some ten times for each part of the request.
 */
export function simplify(example: ExampleRequest, shows: (example: ExampleRequest) => boolean): ExampleRequest {
  let best = example;
  for (let round = 0; round < mostRounds; round++) {
    const simpler = [...simplerThan(best)].find(shows);
    if (!simpler) break;
    best = simpler;
  }
  return best;
}

/** Each round tries some ten requests; an example that still isn't simple then is shown as it is. */
const mostRounds = 20;

function* simplerThan(example: ExampleRequest): Generator<ExampleRequest> {
  const { principal, arguments: args, now } = example;
  for (const name of Object.keys(principal.tags)) {
    const { [name]: _, ...tags } = principal.tags;
    yield { ...example, principal: { ...principal, tags } };
  }
  for (const simpler of simplerValues(args)) yield { ...example, arguments: simpler as JsonObject };
  if (now !== undefined && now !== ordinaryTime) yield { ...example, now: ordinaryTime };
}

const ordinaryTime = "2026-01-01T12:00:00.000Z";

function* simplerValues(value: Json): Generator<Json> {
  if (typeof value === "number") yield* simplerNumbers(value);
  else if (Array.isArray(value)) {
    for (const i of value.keys()) yield value.toSpliced(i, 1);
  } else if (typeof value === "object" && value !== null) {
    for (const name of Object.keys(value)) {
      const { [name]: one = null, ...others } = value;
      yield others;
      for (const simpler of simplerValues(one)) yield { ...value, [name]: simpler };
    }
  }
}

function* simplerNumbers(value: number): Generator<number> {
  for (const simple of [0, 1, 10, 100, 1_000, -1]) {
    if (Math.abs(simple) < Math.abs(value) || (value < 0 && simple === -value)) yield simple;
  }
}
