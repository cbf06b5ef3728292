import fc from "fast-check";
import { expect, test } from "vitest";
import type { Principal } from "../../identity/principal.ts";
import { compilePolicies } from "../engine.ts";
import { now, policiesOf, user } from "../testing/configuration.ts";
import { configuration, scenario } from "../testing/scenarios.ts";
import { sightOf } from "./sight.ts";

const someone = fc
  .record(
    {
      dept: fc.constantFrom("finance", "risk", "q", "other"),
      role: fc.constantFrom("admin", "x", "y"),
      alice: fc.constantFrom("y"),
      sub: fc.constantFrom("1", "2"),
    },
    { requiredKeys: [] },
  )
  .chain((tags) => fc.constantFrom("alice", "bob", "carol").map((id): Principal => user({ ...tags }, id)));
const compiled = (statements: readonly string[]) =>
  compilePolicies({ configuration, policies: policiesOf(...statements) });
const shownBy = (engine: ReturnType<typeof compiled>, principal: Principal) => engine.list({ principal, now }).shown;

test("T04 callers who get the same key get the same list, and the kept list is that of an engine that keeps none", {
  timeout: 240_000,
}, () => {
  const tally = { same: 0, shown: 0, hidden: 0 };
  fc.assert(
    fc.property(scenario, fc.array(someone, { minLength: 4, maxLength: 4 }), ({ statements }, callers) => {
      const engine = compiled(statements);
      const sight = sightOf(engine.parts.enforced.all().map(({ slice }) => slice));
      const seen = new Map<string, string[]>();
      for (const caller of callers) {
        const fresh = compiled(statements);
        const expected = shownBy(fresh, caller);
        fresh.release();
        expect(shownBy(engine, caller)).toEqual(expected);
        const key = sight.keyFor(caller);
        if (seen.has(key)) {
          expect(expected).toEqual(seen.get(key));
          tally.same++;
        }
        seen.set(key, expected);
        if (expected.length > 0) tally.shown++;
        else tally.hidden++;
      }
      engine.release();
    }),
    { numRuns },
  );
  expect(Math.min(tally.same, tally.shown, tally.hidden)).toBeGreaterThan(numRuns / 10);
});

const numRuns = 250;
