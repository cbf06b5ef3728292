import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Runs `npm run policy`, as a team does where it keeps its policies. */
function policy(...args: readonly string[]) {
  return new Promise<{ status: number; stdout: string; stderr: string }>((resolve) => {
    const child = execFile("npm", ["run", "--silent", "policy", "--", ...args], { cwd: root }, (_, stdout, stderr) =>
      resolve({ status: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

test("the insurance example's policies are checked and tested without a server", async () => {
  const checked = await policy("check", "examples/insurance/insurance.yaml");
  expect(checked).toEqual({ status: 0, stdout: "2 policies checked, 0 findings.\n", stderr: "" });
  const tested = await policy("test", "examples/insurance/policy-tests.yaml");
  expect(tested).toEqual({ status: 0, stdout: "9 passed, 0 failed\n", stderr: "" });
});

test("the exit status says what a pipeline needs to know", async () => {
  const stricter = ["test", "examples/insurance/policy-tests.yaml", "--set", "nope=1"];
  const found = await policy(...stricter);
  expect(found).toMatchObject({
    status: 1,
    stdout: expect.stringMatching(/insurance.yaml:\d+: variables has no nope/),
  });
  const wrong = await policy("tset");
  expect(wrong).toMatchObject({ status: 2, stdout: "", stderr: expect.stringMatching(/^There is no command tset/) });
  const help = await policy("help");
  expect(help).toMatchObject({ status: 0, stdout: expect.stringMatching(/^Usage: npm run policy/), stderr: "" });
});
