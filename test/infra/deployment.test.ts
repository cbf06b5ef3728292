import { describe, expect, test } from "vitest";
import { ensurePlatform } from "../../scripts/sst-platform.ts";
import { type Stage, stageOf } from "../../stacks/stages.ts";
import { type CheckName, checks } from "./checks.ts";
import { everything } from "./everything.ts";
import { giveTargetRight, mutations, mutationsOfEverything } from "./mutations.ts";
import type { Graph } from "./synth/graph.ts";
import { synthesize } from "./synth.ts";

const platform = await ensurePlatform();
if (!platform.available) console.warn(`The deployment is not tested: ${platform.reason}.`);

const stages: readonly (readonly [string, string, Stage | undefined])[] = [
  ["a personal stage", "fiona", undefined],
  ["staging", "staging", undefined],
  ["production", "production", undefined],
  ["staging with a name in Route 53", "staging", { ...stageOf("staging"), domain: { name: "staging.example.com" } }],
  ["production with everything that can be chosen", "production", everything],
];

function failing(graph: Graph, stage: Stage): CheckName[] {
  return Object.entries(checks).flatMap(([name, check]) => (check(graph, stage).length > 0 ? [name as CheckName] : []));
}

describe.skipIf(!platform.available)("sst deploy", () => {
  describe.each(stages)("of %s", async (_, name, stageData) => {
    const stage = stageData ?? stageOf(name);
    const { graph } = platform.available
      ? await synthesize({ stage: name, ...(stageData && { stageData }) })
      : { graph: { app: {}, resources: [] } as unknown as Graph };

    test.each(Object.entries(checks))("%s", (_, check) => {
      expect(check(graph, stage)).toEqual([]);
    });

    if (stage === everything) {
      test.each(mutationsOfEverything)("would be noticed: $what", ({ mutate, fails }) => {
        const changed = structuredClone(graph);
        mutate(changed);
        expect(failing(changed, stage)).toEqual([fails]);
      });

      test("would be noticed twice: a function has a right of targets", () => {
        const changed = structuredClone(graph);
        giveTargetRight(changed);
        expect(failing(changed, stage)).toEqual([
          "every function has exactly its rights",
          "what targets may be asked for is their role's",
        ]);
      });
    }

    if (name === "production" && stageData === undefined) {
      test.each(mutations)("would be noticed: $what", ({ mutate, fails }) => {
        const changed = structuredClone(graph);
        mutate(changed);
        expect(failing(changed, stage)).toEqual([fails]);
      });

      test("every check is broken by one of these", () => {
        const broken = new Set<string>([...mutations, ...mutationsOfEverything].map(({ fails }) => fails));
        // They look at what only some stages have.
        const optional = ["tables are encrypted as the stage says", "functions are in the stage's network"];
        expect(Object.keys(checks).filter((check) => !broken.has(check) && !optional.includes(check))).toEqual([]);
      });
    }
  });
});
