import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const demo = fileURLToPath(new URL("../../packages/local/src/demo.ts", import.meta.url));

test("the demo plays the talk and prints its steps as JSON", async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [demo, "--json"], { timeout: 50_000 });
  expect(stderr).toBe("");
  const steps = JSON.parse(stdout) as Record<string, unknown>[];
  const seen = steps.map(({ step, principal, tools, call, outcome }) => {
    const { tool = "", arguments: args = {} } = (call ?? {}) as {
      tool?: string;
      arguments?: { coverage_amount?: number };
    };
    return [step, principal, (tools as string[]).length, tool.split("___")[1], args.coverage_amount, outcome];
  });
  expect(seen).toEqual([
    [1, "alice", 4, "create_application", 10_000_000, "allowed"],
    [2, "alice", 4, "create_application", 10_000_000, "would-deny"],
    [3, "alice", 1, "create_application", 1_000_000, "allowed"],
    [3, "alice", 1, "create_application", 10_000_000, "denied"],
    [4, "fiona", 2, "invoke_risk_model", undefined, "allowed"],
    [5, "erik", 1, "invoke_risk_model", undefined, "denied"],
    [6, "analyst", 2, undefined, undefined, undefined],
  ]);
  expect(steps[2]?.determiningPolicies).toEqual([expect.stringMatching(/^create_application_below_5_million-/)]);
  expect(steps[6]?.decisions).toEqual({
    ApplicationToolTarget___create_application: { allowed: 2, "would-deny": 1, denied: 1 },
    RiskModelToolTarget___invoke_risk_model: { allowed: 1, denied: 1 },
  });
}, 60_000);
