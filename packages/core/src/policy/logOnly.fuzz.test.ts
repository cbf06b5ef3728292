import fc from "fast-check";
import { expect, test } from "vitest";
import type { PolicyRecord } from "../storage/records.ts";
import { compilePolicies, type PolicyDecision } from "./engine.ts";
import { now, policiesOf } from "./testing/configuration.ts";
import { type Call, configuration, scenario } from "./testing/scenarios.ts";

const numRuns = 250;

/** What an engine decides about a call that enforces all that it is given. */
function enforcing(policies: readonly PolicyRecord[], call: Call): PolicyDecision {
  const enforced = policies.map(({ enforcementMode: _, ...policy }) => policy);
  const engine = compilePolicies({ configuration, policies: enforced });
  const decision = engine.authorize({ ...call, now });
  engine.release();
  return decision;
}

test("what LOG_ONLY says is what enforcing would do, and it decides nothing", { timeout: 240_000 }, () => {
  const tally = { flips: 0, flipping: 0, errors: 0 };
  fc.assert(
    fc.property(scenario, fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }), ({ statements, calls }, modes) => {
      const policies = policiesOf(...statements).map(
        (policy, place): PolicyRecord => (modes[place] ? { ...policy, enforcementMode: "LOG_ONLY" } : policy),
      );
      const active = policies.filter(({ enforcementMode }) => enforcementMode === undefined);
      const watched = policies.filter(({ enforcementMode }) => enforcementMode !== undefined);
      const engine = compilePolicies({ configuration, policies });
      for (const call of calls) {
        const { logOnly, ...decision } = engine.authorize({ ...call, now });
        const alone = enforcing(active, call);
        expect(decision).toEqual(alone);
        const all = enforcing(policies, call);
        expect(logOnly?.decision ?? decision.decision).toBe(all.decision);
        expect(logOnly?.error ?? decision.error).toBe(all.error);
        expect(logOnly?.flips ?? false).toBe(all.decision !== alone.decision);
        if (all.error !== true && logOnly)
          expect([...logOnly.determiningPolicies].sort()).toEqual([...all.determiningPolicies].sort());
        if (logOnly?.error) tally.errors++;
        else {
          const flipping = watched.filter((policy) => enforcing([...active, policy], call).decision !== alone.decision);
          expect(logOnly?.flippingPolicies.toSorted() ?? []).toEqual(flipping.map(({ policyId }) => policyId).sort());
          if (flipping.length > 0) tally.flipping++;
        }
        if (logOnly?.flips) tally.flips++;
      }
      engine.release();
    }),
    { numRuns },
  );
  expect(Math.min(tally.flips, tally.flipping)).toBeGreaterThan(numRuns / 25);
  // Some 18 of them in a run.
  expect(tally.errors).toBeGreaterThan(0);
});
