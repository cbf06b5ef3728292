import { expect, test } from "vitest";
import { runPolicy } from "../support/policy.ts";

test("the insurance example's policies are tested without a server, and the exit status says what a pipeline needs to know", async () => {
  const cases = ["test", "examples/insurance/policy-tests.yaml"];
  expect(await runPolicy(cases)).toEqual({ status: 0, stdout: "9 passed, 0 failed\n", stderr: "" });
  const found = await runPolicy([...cases, "--set", "nope=1"]);
  expect(found).toMatchObject({
    status: 1,
    stdout: expect.stringMatching(/insurance.yaml:\d+: variables has no nope/),
  });
  const wrong = await runPolicy(["tset"]);
  expect(wrong).toMatchObject({ status: 2, stdout: "", stderr: expect.stringMatching(/^There is no command tset/) });
});
