import { expect, test, vi } from "vitest";
import { compilePolicies } from "./engine.ts";
import { gatewayOf, now, policiesOf, tool, user } from "./testing/configuration.ts";

vi.mock("./slice/slice.ts", async (importOriginal) => ({
  ...(await importOriginal<typeof import("./slice/slice.ts")>()),
  cutSlices() {
    throw new Error("Cedar is out of memory.");
  },
}));

test("T15: a call whose policies can't even be cut, enforced or in LOG_ONLY, is denied, and explained by nothing", () => {
  const [enforced, logOnly] = policiesOf(
    "permit(principal, action, resource);",
    "permit(principal, action, resource);",
  );
  if (!enforced || !logOnly) throw new Error("There are two policies.");
  const { authorize, explain } = compilePolicies({
    configuration: gatewayOf({ T: [tool("t")] }),
    policies: [enforced, { ...logOnly, enforcementMode: "LOG_ONLY" }],
  });
  const request = { principal: user(), tool: "T___t", arguments: {}, now };
  const reason = "The policies could not be evaluated: Cedar is out of memory.";
  expect(authorize(request)).toMatchObject({
    decision: "DENY",
    error: true,
    reason,
    logOnly: { decision: "DENY", flips: false },
  });
  expect(explain(request)).toEqual([]);
});
