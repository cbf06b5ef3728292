import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { createAnalyzer } from "./analysis.ts";
import { disagreement } from "./session.ts";
import { richConfiguration, richPolicy } from "./testing/richWorld.ts";

const numRuns = Number(process.env.GATEHOUSE_FUZZ_RUNS ?? 60);
const analyzer = createAnalyzer({ milliseconds: 60_000, millisecondsPerQuestion: 500 });
afterAll(() => analyzer.close());

describe("the solver's requests", { timeout: 3_600_000 }, () => {
  test("do in the engine what they were found for, with arguments of every type", async () => {
    const tally = { confirmed: 0, late: 0 };
    await fc.assert(
      fc.asyncProperty(richPolicy, richPolicy, async (one, other) => {
        const policies = [
          { policyId: "one", statement: one },
          { policyId: "other", statement: other },
          { policyId: "all", statement: "permit(principal, action, resource);" },
        ];
        const alone = await analyzer.reviewAlone({ policyId: "one", statement: one }, richConfiguration);
        const change = await analyzer.compare(policies, policies.slice(1), richConfiguration);
        const reasons = [...alone.undecided, ...change.undecided].map(({ reason }) => reason);
        expect(reasons).not.toContain(disagreement);
        tally.late += reasons.length;
        tally.confirmed += alone.findings.filter(({ example }) => example).length;
        tally.confirmed += change.newlyAllowed.length + change.newlyDenied.length;
      }),
      { numRuns },
    );
    // What was tried must have been worth trying.
    expect(tally.confirmed).toBeGreaterThan(numRuns / 2);
    expect(tally.late).toBeLessThan(numRuns / 2);
  });
});
