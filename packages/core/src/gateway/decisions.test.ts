import { expect, test } from "vitest";
import type { JsonObject } from "../json.ts";
import type { ToolDecision } from "../observability/events.ts";
import { insurance, user } from "../policy/testing/configuration.ts";
import { createCall } from "./call.ts";
import { recordDecision } from "./decisions.ts";
import { featureCatalogueOf } from "./features/catalogue.ts";

const secret = "an-argument-of-a-call";

/** Records a decision about a call, and gives back what was published of it and what was told of its failure. */
async function record(args: JsonObject, recordArguments: "NONE" | "FULL", fails = false) {
  const gateway = { ...insurance.gateway, settings: { recordArguments } };
  const snapshot = {
    configuration: { ...insurance, gateway },
    tools: new Map(),
    features: featureCatalogueOf({ targets: [] }),
    argumentsCheck: () => () => undefined,
  };
  const published: ToolDecision[] = [];
  const told: ToolDecision[] = [];
  const publisher = {
    async publish({ detail }: { readonly detail: object }) {
      if (fails) throw new Error("Neither bus nor outbox took it.");
      published.push(detail as ToolDecision); // Nothing else is published here.
    },
  };
  const call = createCall(snapshot, user({ team: "blue" }), { method: "tools/call" }, new Headers());
  const finding = { decision: "ALLOW", outcome: "allowed", reason: "because", arguments: args } as const;
  const dependencies = { publisher, now: () => new Date(), onUnrecorded: (one: ToolDecision) => told.push(one) };
  await recordDecision(call, finding, dependencies).accepted.catch(() => undefined);
  return { published, told };
}

test("a decision carries claims and arguments only where the gateway records them", async () => {
  const { published } = await record({ note: secret }, "FULL");
  expect(published).toMatchObject([{ request: { tags: { team: "blue" }, arguments: { note: secret } } }]);
  expect(JSON.stringify((await record({ note: secret }, "NONE")).published)).not.toContain(secret);
});

test("what would be too large for the bus is left out, and that is said", async () => {
  const bytes = (length: number) => record({ note: "é".repeat(length) }, "FULL");
  expect((await bytes(49_000)).published[0]).toHaveProperty("request");
  const [large] = (await bytes(51_000)).published;
  expect(large).toMatchObject({ requestOmitted: "too large" });
  expect(large).not.toHaveProperty("request");
});

test("T18 a decision that could not be recorded is told of without its arguments", async () => {
  const { told } = await record({ note: secret }, "FULL", true);
  expect(told).toMatchObject([{ decision: "ALLOW", reason: "because" }]);
  expect(JSON.stringify(told)).not.toContain(secret);
});
