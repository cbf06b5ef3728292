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

test("the insurance example's policies are tested without a server, and the exit status says what a pipeline needs to know", async () => {
  const cases = ["test", "examples/insurance/policy-tests.yaml"];
  expect(await policy(...cases)).toEqual({ status: 0, stdout: "9 passed, 0 failed\n", stderr: "" });
  const found = await policy(...cases, "--set", "nope=1");
  expect(found).toMatchObject({
    status: 1,
    stdout: expect.stringMatching(/insurance.yaml:\d+: variables has no nope/),
  });
  const wrong = await policy("tset");
  expect(wrong).toMatchObject({ status: 2, stdout: "", stderr: expect.stringMatching(/^There is no command tset/) });
});
