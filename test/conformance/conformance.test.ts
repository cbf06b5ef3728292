import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { sendOwn } from "@gatehouse/apply/ownCommand.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { startGatehouse } from "../support/gatehouse.ts";
import { baseline, warned } from "./baseline.ts";
import { startBearerProxy } from "./bearer.ts";
import { startFixture } from "./fixture.ts";
import { type Release, runSuite, type Verdict } from "./suite.ts";

const resources = new AsyncDisposableStack();
let url: string;

beforeAll(async () => {
  const fixture = resources.use(await startFixture());
  const gatehouse = resources.use(await startGatehouse());
  const gateway = await gatehouse.createGateway();
  await sendOwn(gatehouse.control, "PutGatewaySettings", { gatewayIdentifier: gateway.id, toolNames: "PLAIN" });
  await gatehouse.addTarget(gateway, "Fixture", { mcpServer: { endpoint: fixture.endpoint } });
  await gatehouse.attach(gateway, "ENFORCE", {
    all: `permit(principal, action, resource == AgentCore::Gateway::"{gateway}");`,
  });
  url = resources.use(await startBearerProxy(gateway.url, await gatehouse.token(gateway, "suite"))).url;
});
afterAll(() => resources.disposeAsync());

/** The scenarios that a revision of the specification requires of servers, in the suite's own words. */
function requiredBy(revision: string): string[] {
  const file = createRequire(import.meta.url).resolve(`conformance/requirements/${revision}.yaml`);
  return (parse(readFileSync(file, "utf8")) as { server: string[] }).server;
}

const legacy = requiredBy("2025-11-25");
const runs: { release: Release; args: string[]; required: string[]; count: number }[] = [
  { release: "conformance", args: ["--requirements", "2026-07-28"], required: requiredBy("2026-07-28"), count: 37 },
  { release: "conformance", args: ["--requirements", "2025-11-25"], required: legacy, count: 30 },
  // The same scenarios as the suite's last release before 2026-07-28 has them.
  { release: "conformance-legacy", args: [], required: legacy, count: 30 },
];

describe.each(runs)("$release $args through a gateway", ({ release, args, required, count }) => {
  let verdicts: Map<string, Verdict>;

  beforeAll(async () => {
    verdicts = await runSuite(release, url, ...args);
  });

  test("is run in full", () => {
    expect(required).toHaveLength(count);
    expect([...verdicts.keys()]).toEqual(expect.arrayContaining(required));
  });

  test.for(required)("%s", (scenario) => {
    const { failures = ["not run"], warnings = [] } = verdicts.get(scenario) ?? {};
    if (scenario in baseline) expect(failures, "passes, so it belongs out of the baseline").not.toEqual([]);
    else expect(failures).toEqual([]);
    if (!(scenario in warned)) expect(warnings).toEqual([]);
  });
});
