import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BedrockAgentCoreControlClient, UpdatePolicyEngineCommand } from "@aws-sdk/client-bedrock-agentcore-control";
import { applyDocument } from "@gatehouse/apply/applyDocument.ts";
import { exportDocument } from "@gatehouse/apply/exportDocument.ts";
import type { Plan } from "@gatehouse/apply/plan.ts";
import { describeStep } from "@gatehouse/apply/steps.ts";
import { shop } from "@gatehouse/apply/testing.ts";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { connectClient } from "../support/mcp.ts";
import { startUpstream } from "../support/upstream.ts";

const insurance = fileURLToPath(new URL("../../examples/insurance/insurance.yaml", import.meta.url));
const program = (name: "apply" | "export") =>
  fileURLToPath(new URL(`../../packages/apply/src/${name}.ts`, import.meta.url));

let gatehouse: TestGatehouse;
let folder: string;
beforeAll(async () => {
  gatehouse = await startGatehouse();
  folder = await mkdtemp(join(tmpdir(), "gatehouse-apply-"));
});
afterAll(async () => {
  await gatehouse[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});
afterEach(() => apply("gateways: {}", { prune: true }));

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line with nobody at its terminal. */
async function run(
  name: "apply" | "export",
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  const { AWS_ENDPOINT_URL: _, AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL: __, INIT_CWD: ___, ...rest } = process.env;
  const { accessKeyId, secretAccessKey } = await gatehouse.control.config.credentials();
  const key = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
  const place = { AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL: gatehouse.url, AWS_REGION: gatehouse.host.region };
  const child = execFile(process.execPath, [program(name), ...args], {
    env: { ...rest, ...key, ...place, ...environment },
  });
  child.stdin?.end();
  let [stdout, stderr] = ["", ""];
  child.stdout?.on("data", (text: string) => (stdout += text));
  child.stderr?.on("data", (text: string) => (stderr += text));
  const [status] = await once(child, "close");
  return { status, stdout, stderr };
}

async function fileOf(text: string): Promise<string> {
  const file = join(folder, "document.yaml");
  await writeFile(file, text);
  return file;
}

function apply(text: string, options: { prune?: boolean; client?: BedrockAgentCoreControlClient } = {}) {
  return applyDocument({ client: gatehouse.control, document: { text }, ...options });
}

const exported = () => exportDocument({ client: gatehouse.control });
const issuer = () => `issuer=${gatehouse.host.idp.issuer}`;

/** A client that fails at a write, before it is sent. */
async function failingClient(at: number): Promise<BedrockAgentCoreControlClient & { readonly writes: string[] }> {
  const { url: endpoint, host } = gatehouse;
  const client = new BedrockAgentCoreControlClient({ endpoint, region: host.region, credentials: host.administrator });
  const writes: string[] = [];
  client.middlewareStack.add(
    (next, { commandName = "" }) =>
      async (args) => {
        if (!/^(Get|List)/.test(commandName)) {
          if (writes.length === at) throw new Error(`The line was cut at ${commandName}.`);
          writes.push(commandName);
        }
        return next(args);
      },
    { step: "initialize" },
  );
  return Object.assign(client, { writes });
}

describe("the command line", () => {
  test("brings the insurance example from nothing to where agents can use it, and then has nothing to do", async () => {
    const dry = await run("apply", [insurance, "--set", issuer(), "--dry-run"]);
    expect(dry).toMatchObject({ status: 3, stderr: "" });
    expect(dry.stdout).toContain("+ create gateway insurance\n");
    expect(dry.stdout).toContain("7 to create, 0 to change, 0 to delete.");

    const unconfirmed = await run("apply", [insurance, "--set", issuer()]);
    expect(unconfirmed).toMatchObject({ status: 2, stderr: expect.stringContaining("Nothing was changed") });
    expect(await exported()).toBe("{}\n");

    const applied = await run("apply", [insurance, "--set", issuer(), "--yes"]);
    expect(applied.status).toBe(0);
    expect(applied.stderr.trim().split("\n").at(-1)).toBe("done: open gateway insurance");

    const before = await exported();
    expect(await run("apply", [insurance, "--set", issuer(), "--yes"])).toEqual({
      status: 0,
      stdout: "No difference.\n",
      stderr: "",
    });
    expect(await run("apply", [insurance, "--set", issuer(), "--dry-run"])).toMatchObject({ status: 0 });
    expect(await exported()).toBe(before);

    const { gateways } = await apply(before);
    const [{ id = "", arn = "", url = "" } = {}] = gateways.values();
    const client = await connectClient(
      url,
      await gatehouse.token({ id, arn, url }, "fiona", { department: "finance" }),
    );
    expect((await client.listTools()).tools.map(({ name }) => name).sort()).toEqual([
      "ApplicationToolTarget___create_application",
      "RiskModelToolTarget___invoke_risk_model",
    ]);
    await client.close();
  });

  test("tells a change member by member, as text and as JSON, and exports what came of it", async () => {
    await run("apply", [insurance, "--set", issuer(), "--yes"]);
    const logOnly = ["--set", issuer(), "--set", "mode=LOG_ONLY"];
    const { stdout } = await run("apply", [insurance, ...logOnly, "--dry-run", "--json"]);
    const differences = [{ path: "policyEngine.mode", before: "ENFORCE", after: "LOG_ONLY" }];
    const changes = [{ kind: "gateway", name: "insurance", action: "change", differences }];
    expect(JSON.parse(stdout) as Plan).toEqual({ changes, leftAlone: [] });
    const applied = await run("apply", [insurance, ...logOnly, "--yes"]);
    expect(applied.stdout).toContain('    policyEngine.mode: "ENFORCE" → "LOG_ONLY"\n');
    const { stdout: text } = await run("export", ["--gateway", "insurance"]);
    expect(text).toContain("mode: LOG_ONLY");
    expect(text).not.toContain("policyEngines:");
    expect((await run("export", ["--engine", "nope"])).stderr).toBe(
      "There is no policy engine nope; there are underwriting_use_case.\n",
    );
  });

  test("tells everything that is wrong at once, with its line, and changes nothing", async () => {
    await apply(shop);
    const before = await exported();
    const bad = shop
      .replace("Who may do what", "Something new")
      .replace("team: shop", "team: 1")
      .replace("name: cancel", "name: cancel order")
      .replace("forbid(", "forbad(");
    const file = await fileOf(bad);
    const { status, stdout, stderr } = await run("apply", [file, "--yes"]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr.split("\n").map((line) => line.slice(0, 48))).toEqual([
      `${file} can't be applied; nothing was changed.`.slice(0, 48),
      "line 11: gateways.shop.tags.team must be a strin",
      expect.stringMatching(/^line 19: gateways.shop.targets.Orders/),
      expect.stringMatching(/^line 35: policyEngines.shop_policies.poli/),
      "",
    ]);
    expect(await exported()).toBe(before);
  });

  test.each([
    ["no file", [], {}, /^Name one file/],
    ["a file that isn't there", ["/nope.yaml"], {}, /^There is no file \/nope.yaml\.$/],
    ["a file that is a folder", ["/"], {}, /^\/ can't be read: EISDIR\.$/],
    ["what isn't YAML", ["YAML"], {}, /can't be applied; nothing was changed\.\nline 1: is not YAML: /],
    ["an unknown option", [insurance, "--nope"], {}, /^Unknown option '--nope'/],
    ["a variable without a value", [insurance, "--set", "issuer"], {}, /^--set takes NAME=VALUE/],
    [
      "nobody there",
      [insurance, "--endpoint", "http://127.0.0.1:1"],
      {},
      /^No Gatehouse answers on http:\/\/127.0.0.1:1\. Start it/,
    ],
    [
      "a key that is unknown",
      [insurance],
      { AWS_ACCESS_KEY_ID: "nobody" },
      /^Access denied by http:.*The access key id is not known here/,
    ],
  ])("says in one line what is wrong with %s", async (_, args, environment, message) => {
    const file = await fileOf("a: [");
    const ended = await run(
      "apply",
      args.map((arg) => (arg === "YAML" ? file : arg)),
      environment,
    );
    expect({ ...ended, stderr: ended.stderr.trim() }).toEqual({
      status: 1,
      stdout: "",
      stderr: expect.stringMatching(message),
    });
  });
});

test("what isn't in the document is left alone, unless it is to be pruned", async () => {
  await apply(shop);
  const more = shop
    .replaceAll("Orders", "Refunds")
    .replace("small_orders:", "small_refunds:")
    .replace("nothing_huge:", "nothing_large:");
  const { plan } = await apply(more);
  expect(plan.leftAlone.map(({ name }) => name).sort()).toEqual(["Orders", "nothing_huge", "small_orders"]);
  expect(await exported()).toContain("Orders___cancel");
  const pruned = await apply(more, { prune: true });
  expect(pruned.plan.changes.map(({ action, name }) => `${action} ${name}`).sort()).toEqual([
    "delete Orders",
    "delete nothing_huge",
    "delete small_orders",
  ]);
  expect(await exported()).not.toContain("Orders___cancel");
  expect((await apply(more, { prune: true })).plan).toEqual({ changes: [], leftAlone: [] });
});

test("tags, descriptions and the engine come and go", async () => {
  await apply(shop);
  const bare = shop
    .replace(/ {4}tags: .*\n/, "")
    .replace(/ {4}description: Who.*\n/, "")
    .replace(/ {4}policyEngine: .*\n/, "");
  await apply(bare);
  expect(await exported()).not.toMatch(/tags|Who may|policyEngine:/);
  await apply(shop);
  expect(await exported()).toMatch(/team: shop[\s\S]*Who may/);
});

test("wherever it fails, running it again goes on from there", async () => {
  const other = shop
    .replace("team: shop", "team: sales")
    .replace(", other]", "]")
    .replace("< 100 ", "< 50 ")
    .replaceAll("show", "view");
  for (const [from, to] of [
    ["gateways: {}", shop],
    [shop, other],
    [other, "gateways: {}"],
  ] as const) {
    for (let at = 0, failed = true; failed; at += 1) {
      await apply(from, { prune: true });
      const client = await failingClient(at);
      failed = await apply(to, { prune: true, client }).then(
        () => false,
        (error: Error) => {
          expect(error.message).toMatch(
            /^"[a-z]+ .*" failed: The line was cut at \w+\.\nDone before: .*\nNot done: .*\nRun it again/,
          );
          return true;
        },
      );
      client.destroy();
      await apply(to, { prune: true });
      expect((await apply(to, { prune: true })).plan.changes).toEqual([]);
    }
  }
}, 120_000);

test("nobody can call a new gateway before its policies are there", async () => {
  const text = shop.replace("https://issuer.example", gatehouse.host.idp.issuer);
  // The last write is the one that opens it.
  const whole = await failingClient(Number.POSITIVE_INFINITY);
  await apply(text, { client: whole });
  await apply("gateways: {}", { prune: true });
  const client = await failingClient(whole.writes.length - 1);
  await expect(apply(text, { client })).rejects.toThrow("Not done: open gateway shop.");
  const { gateways } = await applyDocument({ client, document: { text }, onPlan: () => false });
  const [{ id = "", arn = "", url = "" } = {}] = gateways.values();
  const token = await gatehouse.token({ id, arn, url }, "alice");
  await expect(connectClient(url, token)).rejects.toThrow();
  await apply(text);
  // A change takes effect within a second.
  const connected = await vi.waitFor(() => connectClient(url, token), { timeout: 5_000 });
  await connected.close();
  for (const each of [whole, client]) each.destroy();
});

test("an MCP server that doesn't answer stops it, and is tried again the next time", async () => {
  const first = await startUpstream();
  const { endpoint } = first;
  await first.stop();
  const server = `      Remote: { targetConfiguration: { mcp: { mcpServer: { endpoint: "${endpoint}" } } } }\n`;
  const text = shop.replace("    targets:\n", `    targets:\n${server}`);
  await expect(apply(text)).rejects.toThrow(/"create target Remote of gateway shop" failed: The target Remote is \w+/);
  const upstream = await startUpstream(undefined, Number(new URL(endpoint).port));
  const steps: string[] = [];
  await applyDocument({
    client: gatehouse.control,
    document: { text },
    onStep: (step) => steps.push(describeStep(step)),
  });
  expect(steps[0]).toBe("change target Remote of gateway shop");
  expect((await apply(text)).plan.changes).toEqual([]);
  await upstream.stop();
});

test("what somebody else changed while the plan was looked at isn't overwritten", async () => {
  const { policyEngines } = await apply(shop);
  const policyEngineId = policyEngines.get("shop_policies")?.id;
  const onPlan = async () => {
    await gatehouse.control.send(
      new UpdatePolicyEngineCommand({ policyEngineId, description: { optionalValue: "theirs" } }),
    );
    return true;
  };
  const document = { text: shop.replace("Who may do what", "ours") };
  await expect(applyDocument({ client: gatehouse.control, document, onPlan })).rejects.toThrow(
    "changed by somebody else",
  );
  expect(await exported()).toContain("description: theirs");
});

describe("what is exported makes no difference where it is from, and makes the same elsewhere", async () => {
  const awkward = shop
    .replace("Who may do what", () => `'a $\${region} "quoted" # text: yes'`)
    .replace("team: shop", () => `"1": "on", "a b": "x/y"`)
    .replace("Cancels an order", () => `Cancels $\${an} order, $$\${really}`)
    .replace("ENFORCE", "LOG_ONLY")
    .replace(", other]", ", 'null', '~', '0x1']");
  const alone = `
gateways:
  a:
    roleArn: arn:aws:iam::\${account}:role/x
    authorizerType: CUSTOM_JWT
    authorizerConfiguration:
      customJWTAuthorizer:
        discoveryUrl: https://a.example/.well-known/openid-configuration
        allowedClients: [a]
`;
  test.each([
    ["nothing", "gateways: {}"],
    ["the shop", shop],
    ["awkward texts", awkward],
    ["a gateway alone", alone],
    ["engines alone", "policyEngines: { a: {}, b: { description: x } }"],
    ["the insurance example", await readFile(insurance, "utf8")],
  ])("%s", async (_, text) => {
    await apply(text);
    const first = await exported();
    expect((await apply(first, { prune: true })).plan).toEqual({ changes: [], leftAlone: [] });
    await apply("gateways: {}", { prune: true });
    await apply(first);
    expect(await exported()).toBe(first);
  });
});
