import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { buildSchema } from "../schema/schema.ts";
import { createAnalyzer, type PolicyText } from "./analysis.ts";
import { policySet } from "./policySet.ts";
import { policyReplay, replayOf } from "./replay.ts";
import { type SmallCase, smallCase, smallConfiguration } from "./testing/smallWorld.ts";

const numRuns = Number(process.env.GATEHOUSE_FUZZ_RUNS ?? 60);
const schema = buildSchema(smallConfiguration);
const analyzer = createAnalyzer({ milliseconds: 120_000, millisecondsPerQuestion: 20_000 });
afterAll(() => analyzer.close());

const named = (statements: readonly string[]): PolicyText[] =>
  statements.map((statement, i) => ({ policyId: `p${i}`, statement }));

/** What the engine with some policies decides about each request, in order. */
function decisions(policies: readonly PolicyText[], { requests }: SmallCase): boolean[] {
  const replay = replayOf(policySet(policies, schema), smallConfiguration);
  const answers = requests.map((request) => replay.allows(request));
  replay.release();
  return answers;
}

/** For each request, whether a policy by itself has its effect on it. */
function effects(policy: PolicyText, { requests }: SmallCase): boolean[] {
  const replay = policyReplay(policy, schema, smallConfiguration);
  const answers = requests.map((request) => replay.hasEffect(request));
  replay.release();
  return answers;
}

const isForbid = ({ statement }: PolicyText) => statement.startsWith("forbid");

// Nothing may be undecided either: all of this is within what the solver can follow.
describe("what is found is what trying every request finds", { timeout: 3_600_000 }, () => {
  test("of one policy", async () => {
    await fc.assert(
      fc.asyncProperty(smallCase, async (small) => {
        const [policy] = named(small.statements);
        if (!policy) return;
        const { findings, undecided } = await analyzer.reviewAlone(policy, smallConfiguration);
        const has = effects(policy, small);
        const expected = ["VALID"];
        if (!has.includes(true)) expected.push(isForbid(policy) ? "DENY_NONE" : "ALLOW_NONE");
        if (!has.includes(false)) expected.push(isForbid(policy) ? "DENY_ALL" : "ALLOW_ALL");
        expect({ undecided, types: findings.map(({ type }) => type) }).toEqual({ undecided: [], types: expected });
      }),
      { numRuns },
    );
  });

  test("of a policy that is added to others", async () => {
    await fc.assert(
      fc.asyncProperty(smallCase, async (small) => {
        const [policy, ...others] = named(small.statements);
        if (!policy) return;
        const { findings, undecided } = await analyzer.reviewInEngine(policy, others, smallConfiguration);
        const [before, after] = [decisions(others, small), decisions([...others, policy], small)];
        const expected: string[] = [];
        if (!after.includes(false) && before.includes(false)) expected.push("ALLOW_ALL");
        if (!after.includes(true) && before.includes(true)) expected.push("DENY_ALL");
        const types = findings.map(({ type }) => type).filter((type) => type.endsWith("_ALL"));
        expect({ undecided, types }).toEqual({ undecided: [], types: expected });
      }),
      { numRuns },
    );
  });

  test("of a change", async () => {
    await fc.assert(
      fc.asyncProperty(smallCase, fc.nat(4), async (small, cut) => {
        const policies = named(small.statements);
        const [old, changed] = [policies.slice(0, cut), policies.slice(Math.floor(cut / 2))];
        const { newlyAllowed, newlyDenied, undecided } = await analyzer.compare(old, changed, smallConfiguration);
        const [before, after] = [decisions(old, small), decisions(changed, small)];
        const some = (from: boolean) =>
          before.some((was, i) => was === from && after[i] !== from) ? [small.tool] : [];
        expect({
          undecided,
          newlyAllowed: newlyAllowed.map(({ tool }) => tool),
          newlyDenied: newlyDenied.map(({ tool }) => tool),
        }).toEqual({ undecided: [], newlyAllowed: some(false), newlyDenied: some(true) });
      }),
      { numRuns },
    );
  });

  test("of how policies relate", async () => {
    await fc.assert(
      fc.asyncProperty(smallCase, async (small) => {
        const policies = named(small.statements);
        const { shadowed, overlaps, undecided } = await analyzer.relations(policies, smallConfiguration);
        const has = policies.map((policy) => effects(policy, small));
        expect(undecided).toEqual([]);
        expect(new Set(overlaps.map(({ forbid, permit }) => `${forbid} ${permit}`))).toEqual(overlapsIn(policies, has));
        const expected = shadowsIn(policies, has);
        expect(new Set(shadowed.map(({ policyId }) => policyId))).toEqual(new Set(expected.keys()));
        for (const { policyId, by } of shadowed) expect(expected.get(policyId)).toContain(by);
      }),
      { numRuns },
    );
  });
});

function overlapsIn(policies: readonly PolicyText[], has: readonly boolean[][]): Set<string> {
  const found = new Set<string>();
  for (const [i, forbid] of policies.entries()) {
    for (const [j, permit] of policies.entries()) {
      const both = has[i]?.some((one, request) => one && has[j]?.[request]);
      if (isForbid(forbid) && !isForbid(permit) && both) found.add(`${forbid.policyId} ${permit.policyId}`);
    }
  }
  return found;
}

/** The shadowed policies, with those that may be named as the reason. */
function shadowsIn(policies: readonly PolicyText[], has: readonly boolean[][]): Map<string, string[]> {
  const covers = (by: number, covered: number) =>
    has[covered]?.every((one, request) => !one || has[by]?.[request]) ?? false;
  const shadows = new Map<string, string[]>();
  for (const [i, policy] of policies.entries()) {
    if (!has[i]?.includes(true)) continue;
    const by = policies.filter((other, j) => {
      const may = j !== i && (isForbid(other) || !isForbid(policy));
      return may && covers(j, i) && (j < i || !covers(i, j) || isForbid(other) !== isForbid(policy));
    });
    if (by.length > 0)
      shadows.set(
        policy.policyId,
        by.map(({ policyId }) => policyId),
      );
  }
  return shadows;
}
