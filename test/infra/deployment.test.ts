import { describe, expect, test } from "vitest";
import { ensurePlatform } from "../../scripts/sst-platform.ts";
import { type Stage, stageOf } from "../../stacks/stages.ts";
import { type CheckName, checks } from "./checks.ts";
import { mutations } from "./mutations.ts";
import type { Graph } from "./synth/graph.ts";
import { synthesize } from "./synth.ts";

const platform = await ensurePlatform();
if (!platform.available) console.warn(`The deployment is not tested: ${platform.reason}.`);

/** Everything that a deployer can choose, at once. */
const everything: Stage = {
  ...stageOf("production"),
  alarms: { topic: "arn:aws:sns:eu-west-1:123456789012:on-call", gatewayP99Milliseconds: 30_000, denyRatePercent: 50 },
  example: true,
  invocableFunctions: ["arn:aws:lambda:eu-west-1:123456789012:function:insurance"],
  domain: {
    name: "gatehouse.example.com",
    certificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/gatehouse",
  },
  webAclArn: "arn:aws:wafv2:us-east-1:123456789012:global/webacl/gatehouse/1",
  network: { privateSubnets: ["subnet-1", "subnet-2"], securityGroups: ["sg-1"] },
  tableKeyArn: "arn:aws:kms:eu-west-1:123456789012:key/tables",
  adminIssuer: {
    discoveryUrl: "https://issuer.example.com/.well-known/openid-configuration",
    audience: "gatehouse",
    rolesClaim: "groups",
  },
};
const stages: readonly (readonly [string, string, Stage | undefined])[] = [
  ["a personal stage", "fiona", undefined],
  ["staging", "staging", undefined],
  ["production", "production", undefined],
  ["production with everything that can be chosen", "production", everything],
];

function failing(graph: Graph, stage: Stage): CheckName[] {
  return Object.entries(checks).flatMap(([name, check]) => (check(graph, stage).length > 0 ? [name as CheckName] : []));
}

describe.skipIf(!platform.available)("sst deploy", () => {
  describe.each(stages)("of %s", async (_, name, stageData) => {
    const stage = stageData ?? stageOf(name);
    const graph = platform.available
      ? await synthesize({ stage: name, ...(stageData && { stageData }) })
      : ({ app: {}, resources: [] } as unknown as Graph);

    test.each(Object.entries(checks))("%s", (_, check) => {
      expect(check(graph, stage)).toEqual([]);
    });

    if (name === "production" && stageData === undefined) {
      test.each(mutations)("would be noticed: $what", ({ mutate, fails }) => {
        const changed = structuredClone(graph);
        mutate(changed);
        expect(failing(changed, stage)).toEqual([fails]);
      });

      test("every check is broken by one of these", () => {
        const broken = new Set<string>(mutations.map(({ fails }) => fails));
        // They look at what only some stages have.
        const optional = ["tables are encrypted as the stage says", "functions are in the stage's network"];
        expect(Object.keys(checks).filter((check) => !broken.has(check) && !optional.includes(check))).toEqual([]);
      });
    }
  });
});
