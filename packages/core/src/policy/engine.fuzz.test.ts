import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json } from "../json.ts";
import { compilePolicies, type PolicyDecision } from "./engine.ts";
import { now, policiesOf } from "./testing/configuration.ts";
import { type Modelled, model, somePermitIsAbout } from "./testing/model.ts";
import { configuration, scenario } from "./testing/scenarios.ts";

function seen({ decision, error, determiningPolicies }: PolicyDecision): Modelled {
  return { decision, error: error === true, determining: error ? [] : [...determiningPolicies].sort() };
}

// Hundreds of scenarios, each compiled: on a busy machine that takes a while.
describe("the engine against plain Cedar", { timeout: 240_000 }, () => {
  test("decides alike, whatever it prepares and leaves out", () => {
    const tally = { ALLOW: 0, DENY: 0, error: 0, determined: 0 };
    fc.assert(
      fc.property(scenario, ({ statements, calls }) => {
        const engine = compilePolicies({ configuration, policies: policiesOf(...statements) });
        const expectations = calls.map((call) => ({ call, expected: model(statements, call) }));
        for (const { call, expected } of expectations) {
          expect(seen(engine.authorize({ ...call, now }))).toEqual(expected);
          tally[expected.decision]++;
          if (expected.error) tally.error++;
          if (expected.determining.length > 0) tally.determined++;
        }
        engine.release();
        for (const { call, expected } of expectations)
          expect(seen(engine.authorize({ ...call, now }))).toEqual(expected);
      }),
      { numRuns },
    );
    // What was compared must have been worth comparing.
    expect(Math.min(tally.ALLOW, tally.error, tally.determined)).toBeGreaterThan(numRuns / 10);
  });

  test("shows every tool of which some call is allowed, and none without a permit that can apply", () => {
    fc.assert(
      fc.property(scenario, ({ statements, calls }) => {
        const engine = compilePolicies({ configuration, policies: policiesOf(...statements) });
        for (const call of calls) {
          const { shown, hidden } = engine.list({ principal: call.principal, now });
          expect([...shown, ...hidden].sort()).toEqual([...engine.schema.actions.keys()].sort());
          if (engine.authorize({ ...call, now }).decision === "ALLOW") expect(shown).toContain(call.tool);
          if (!somePermitIsAbout(statements, call.tool)) expect(hidden).toContain(call.tool);
        }
        engine.release();
      }),
      { numRuns },
    );
  });

  test("T14: an argument that Cedar can't hold is let through only where no policy looks at it", () => {
    fc.assert(
      fc.property(
        scenario,
        fc.constantFrom<Json>(2 ** 53, 1.5, -(2 ** 60), "4", null),
        ({ statements, calls }, bad) => {
          const engine = compilePolicies({ configuration, policies: policiesOf(...statements) });
          for (const { principal } of calls) {
            const withAmount = (amount: Json) =>
              engine.authorize({ principal, tool: "A___create", arguments: { amount }, now }).decision;
            if (withAmount(bad) !== "ALLOW") continue;
            for (const amount of [0, 4, 5, -1, 9_000]) expect(withAmount(amount)).toBe("ALLOW");
          }
          engine.release();
        },
      ),
      { numRuns },
    );
  });
});

const numRuns = 300;
