import fc from "fast-check";
import { expect, test } from "vitest";
import type { Json } from "../../json.ts";
import { compilePolicies } from "../engine.ts";
import { now, policiesOf } from "../testing/configuration.ts";
import { type Call, configuration, scenario } from "../testing/scenarios.ts";
import { notTheArguments } from "./explain.ts";

/** Values that are claims, ids or names of claims in the scenarios, and nowhere written as values of arguments. */
const claims = /finance|risk|admin|alice|bob|typeChoice|role|policy-/;

/** A value of each argument that may be missing. */
const given: Record<string, Json> = {
  amount: 4,
  region: "US",
  mode: "fast",
  rate: 1,
  note: "x",
  tags: ["p"],
  extra: {},
  at: {},
};

/** The call as a sentence asks for it; undefined for sentences that say more than one thing. */
function follow(sentence: string, call: Call): Call | undefined {
  const [, present = "", not] = /^(\w+) must (not )?be given$/.exec(sentence) ?? [];
  if (present in given) {
    const { [present]: _, ...others } = call.arguments;
    return { ...call, arguments: not ? others : { ...others, [present]: given[present] ?? null } };
  }
  const [, name = "", words = "", value = ""] =
    /^(amount|region|query) (must be at least|must be at most|must be less than|must be greater than|must be|must not be) ("[A-Z]*"|-?\d+)$/.exec(
      sentence,
    ) ?? [];
  if (name === "") return undefined;
  const literal = JSON.parse(value) as Json;
  const shift = { "must be less than": -1, "must be greater than": 1 }[words] ?? 0;
  const other = typeof literal === "number" ? literal + 1 : `${literal}Z`;
  const wanted = words === "must not be" ? other : typeof literal === "number" ? literal + shift : literal;
  return { ...call, arguments: { ...call.arguments, [name]: wanted } };
}

test("an explanation tells nothing of who calls, and what it says is true", { timeout: 240_000 }, () => {
  const tally = { told: 0, followed: 0, notTheArguments: 0 };
  fc.assert(
    fc.property(scenario, ({ statements, calls }) => {
      const engine = compilePolicies({ configuration, policies: policiesOf(...statements) });
      for (const call of calls) {
        const sentences = engine.explain({ ...call, now });
        if (engine.authorize({ ...call, now }).decision === "ALLOW") expect(sentences).toEqual([]);
        for (const sentence of sentences) expect(sentence).not.toMatch(claims);
        if (sentences.length > 0) tally.told++;
        const [only, ...others] = sentences;
        if (only === notTheArguments) {
          tally.notTheArguments++;
          // No arguments of any other call of the tool are allowed for this caller either.
          for (const other of calls.filter(({ tool }) => tool === call.tool))
            expect(engine.authorize({ ...call, arguments: other.arguments, now }).decision).toBe("DENY");
        }
        const next = only !== undefined && others.length === 0 ? follow(only, call) : undefined;
        if (next === undefined || only === undefined) continue;
        tally.followed++;
        expect(engine.explain({ ...next, now })).not.toContain(only);
      }
      engine.release();
    }),
    { numRuns },
  );
  expect(tally.told).toBeGreaterThan(numRuns / 4);
  expect(tally.notTheArguments).toBeGreaterThan(numRuns / 4);
  // Some 13 of them in a run: none at all comes once in many thousand.
  expect(tally.followed).toBeGreaterThan(0);
});

const numRuns = 300;
