import { readFileSync } from "node:fs";
import { topology } from "@gatehouse/functions/topology.ts";
import { beforeAll, describe, expect, test } from "vitest";
import { stageOf } from "../../stacks/stages.ts";
import { variantsOf } from "./answers.ts";
import { fixedCost } from "./cost.ts";
import { agentCorePerMillion, breakEvenMilliseconds, costsAt, totalCost } from "./costTables.ts";
import { documentFile, fill } from "./document.ts";
import { demandAt, measureInput, type ScaleInput } from "./input.ts";
import { firstLimit, limitBy } from "./limits.ts";
import { spreads } from "./model.ts";
import { quotas } from "./quotas.ts";
import { readOn, region } from "./sources.ts";
import { count, dollars, percent } from "./table.ts";
import { documentTables } from "./tables.ts";

const document = readFileSync(documentFile, "utf8");
/** As one line, because sentences go on over line ends. */
const text = document.replaceAll(/\s+/g, " ");
/** The sentence alone is told when it fails, and not all of the document. */
const says = (sentence: string) => expect(text.includes(sentence), sentence).toBe(true);
let input: ScaleInput;
beforeAll(async () => {
  input = await measureInput(topology);
});

test("the tables of docs/scale.md are those that are calculated", () => {
  expect(document).toBe(fill(document, documentTables(input)));
});

describe("what docs/scale.md says in words", () => {
  const carried = (step: number, spread: keyof typeof spreads) => {
    const variant = variantsOf(input.footprints.withSession)[step];
    if (variant === undefined) throw new Error(`There is no step ${step}.`);
    const { footprint, quotas } = variant;
    return count(firstLimit(demandAt(input, spreads[spread], footprint), quotas).callsPerSecond, 2);
  };

  test("of limits is so", () => {
    says(`spread over its gateways, a production stage carries about ${carried(0, "100 gateways")} calls a second`);
    says(`ends it at about ${carried(1, "100 gateways")}`);
    says(`One gateway carries about ${carried(0, "1 gateway")} calls a second`);
    for (const [limit, rest] of [
      [carried(0, "1 gateway"), " in one gateway | the ledger's key"],
      [carried(0, "100 gateways"), " | the stage's throttle"],
      [carried(1, "100 gateways, one engine"), " with one engine | the engine's version"],
      [carried(1, "100 gateways"), " | Lambda's executions"],
      [count(limitBy("putEvents", demandAt(input, spreads["100 gateways"]), quotas), 2), " | API Gateway, PutEvents"],
      [carried(2, "100 gateways"), " | what an account gets"],
    ]) {
      says(`| ${limit}${rest}`);
    }
  });

  test("of sources is so", () => {
    says(`quotas and prices in ${region} as of ${readOn}`);
    says(`Read on ${readOn}`);
  });

  test("of the outbox is so", () => {
    const perCall = input.footprints.withSession.outboxUnits * (1 + input.model.listsPerCall);
    says(`it takes about ${count(quotas.keyWrites.limit / perCall, 2)} calls a second`);
  });

  test("of cost is so", () => {
    const cost = totalCost(input, 100);
    says(`A million calls cost about ${count(cost, 2)} dollars`);
    says(`That is ${percent(cost / agentCorePerMillion)} of it`);
    says(`At ${count(breakEvenMilliseconds(input) / 1_000, 2)} seconds a call costs what AgentCore's does`);
  });

  test("of savings is so", () => {
    const cost = totalCost(input, 100);
    const withoutSession = totalCost(input, 100, {}, input.footprints.withoutSession);
    says(`written once and not twice: ${dollars(cost - withoutSession)} dollars less`);
    const items = costsAt(input, 100);
    const bus = (items["EventBridge: events"] ?? 0) + (items["EventBridge: archive"] ?? 0);
    says(`straight to the queue: ${dollars(bus)} dollars less a million`);
  });
});

test("what docs/deploy.md says a personal stage costs is so", () => {
  const cents = Math.round((fixedCost(topology, stageOf("fiona")) / 30) * 100);
  const guide = readFileSync(new URL("../../docs/deploy.md", import.meta.url), "utf8");
  expect(guide).toContain(`costs about ${cents} cents a day while nobody calls it`);
});

describe("filling a document", () => {
  const table = { columns: ["a", "b"], rows: [["1", "2"]] };
  const place = "<!-- table: one -->\nold\n<!-- end -->";

  test("replaces what is between the marks, and nothing else", () => {
    const filled = "<!-- table: one -->\n| a | b |\n|---|---|\n| 1 | 2 |\n<!-- end -->";
    expect(fill(`before\n${place}\nafter`, { one: table })).toBe(`before\n${filled}\nafter`);
    expect(fill(filled, { one: table })).toBe(filled);
  });

  test("refuses a place without a table, and a table without a place", () => {
    expect(() => fill(place, {})).toThrow('no table "one"');
    expect(() => fill(place, { one: table, two: table })).toThrow("no place for two");
  });
});
