import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const script = new URL("firstKey.ts", import.meta.url).pathname;
const key = { accessKeyId: "GHAKFIRST", secretAccessKey: "secret" };
/** Lambda at the wire: a function that makes a key, and one that refuses. */
const lambda = createServer((request, response) => {
  const refused = request.url?.includes("refusing");
  const made = request.url?.includes("strange") ? { ...key, secretAccessKey: "$(rm -rf /)" } : key;
  const refusal = { errorType: "GatehouseError", errorMessage: "Access key GHAK1 can administer already." };
  const body = refused ? refusal : made;
  response.writeHead(200, refused ? { "x-amz-function-error": "Unhandled" } : {}).end(JSON.stringify(body));
});
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gatehouse-first-key-"));
  await once(lambda.listen(0, "127.0.0.1"), "listening");
});
afterAll(async () => {
  lambda.close();
  await rm(folder, { recursive: true });
});

async function run(outputs: object | undefined) {
  const file = join(folder, "outputs.json");
  if (outputs === undefined) await rm(file, { force: true });
  else await writeFile(file, JSON.stringify(outputs));
  const { port } = lambda.address() as AddressInfo; // It listens on a port.
  const env = {
    PATH: process.env.PATH,
    AWS_ENDPOINT_URL_LAMBDA: `http://127.0.0.1:${port}`,
    AWS_ACCESS_KEY_ID: "mine",
    AWS_SECRET_ACCESS_KEY: "mine",
  };
  return promisify(execFile)(process.execPath, [script, "--outputs", file], { env });
}

const outputs = { url: "https://d1.cloudfront.net", region: "eu-west-1", firstKeyFunction: "gatehouse-fiona-firstKey" };

test("what it prints makes a shell an administrator's", async () => {
  const { stdout, stderr } = await run(outputs);
  expect(stderr).toBe("");
  const shell = `${stdout}echo $AWS_ACCESS_KEY_ID $AWS_SECRET_ACCESS_KEY $AWS_REGION [$AWS_SESSION_TOKEN]; echo $AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL`;
  const env = { PATH: process.env.PATH, AWS_SESSION_TOKEN: "of before" };
  const { stdout: told } = await promisify(execFile)("sh", ["-c", shell], { env });
  expect(told).toBe("GHAKFIRST secret eu-west-1 []\nhttps://d1.cloudfront.net\n");
});

test("it prints nothing that a shell could take for a command of its own", async () => {
  const told = { ...outputs, firstKeyFunction: "strange" };
  await expect(run(told)).rejects.toMatchObject({
    code: 1,
    stdout: "",
    stderr: expect.stringContaining("no access key"),
  });
});

test.each([
  ["the function refuses", { ...outputs, firstKeyFunction: "refusing" }, "GHAK1 can administer already"],
  ["nothing was deployed", undefined, "deploy first"],
  ["the file is something else's", { url: "https://example.com" }, "doesn't say region"],
])("it says what is wrong where %s, and prints no command", async (_, told, message) => {
  await expect(run(told)).rejects.toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining(message) });
});
