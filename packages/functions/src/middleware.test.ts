import { expect, test, vi } from "vitest";
import { lambdaContext } from "./testing/context.ts";

vi.stubEnv("POWERTOOLS_TRACE_ENABLED", "false");
const { instrument } = await import("./middleware.ts");

test("a handler is given its event and its context, and what it returns is returned", async () => {
  const handler = instrument().handler(async (event: { name: string }, { awsRequestId }) => [event.name, awsRequestId]);
  await expect(handler({ name: "fiona" }, lambdaContext)).resolves.toEqual(["fiona", lambdaContext.awsRequestId]);
});

test("what it throws is thrown", async () => {
  const handler = instrument().handler(async () => {
    throw new Error("nobody is there");
  });
  await expect(handler({}, lambdaContext)).rejects.toThrow("nobody is there");
});
