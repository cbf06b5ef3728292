import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreatePolicyCommand,
  DeletePolicyCommand,
  ListPoliciesCommand,
  ListPolicyEnginesCommand,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { sendOwn } from "@gatehouse/apply/ownCommand.ts";
import { attach, createEngineAndPolicies } from "@gatehouse/example-insurance/setup.ts";
import { users } from "@gatehouse/example-insurance/users.ts";
import { buildScene, ownVenue, type Scene, type Venue } from "@gatehouse/local/demo/scene.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { blocksOf, commandsUnder, type } from "../support/guide.ts";
import { bareEnvironment, findAwsCli, run } from "../support/python.ts";

const tool = await findAwsCli();
const missing = (await run("jq", ["--version"], { PATH: process.env.PATH })).code === 0 ? "" : " (skipped: no jq)";
const skipped = tool.skipped || missing;

describe.skipIf(skipped)(`the guides to policies, command by command${skipped}`, { timeout: 120_000 }, () => {
  let venue: Venue;
  let scene: Scene;
  let bare: Awaited<ReturnType<typeof bareEnvironment>>;
  let environment: NodeJS.ProcessEnv;
  let policyEngineId: string;
  /** What the guides take for granted: `gatehouse` of docs/administer.md, and who is who. */
  let known: string;
  beforeAll(async () => {
    venue = await ownVenue();
    scene = await buildScene(venue);
    await createEngineAndPolicies(scene.control, scene.callers);
    await attach(scene.control, scene.callers, "ENFORCE");
    const { policyEngines: [engine] = [] } = await scene.control.send(new ListPolicyEnginesCommand({}));
    policyEngineId = engine?.policyEngineId ?? "";
    bare = await bareEnvironment();
    const { administrator, region, url } = venue;
    // What `npm start` prints for pasting.
    environment = {
      ...bare.variables,
      AWS_ACCESS_KEY_ID: administrator.accessKeyId,
      AWS_SECRET_ACCESS_KEY: administrator.secretAccessKey,
      AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL: url,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
    };
    const { policies = [] } = await scene.control.send(new ListPoliciesCommand({ policyEngineId }));
    const limit = policies.find(({ name }) => name === "create_application_below_5_million");
    const [gatehouse = ""] = commandsUnder(await blocksOf("administer.md"), "Access keys").split("\n\n");
    const variables = { GATEWAY: scene.gateway.gatewayId, ENGINE: policyEngineId, POLICY: limit?.policyId };
    known = `${Object.entries(variables)
      .map(([name, value]) => `${name}=${value}\n`)
      .join("")}${gatehouse}\n`;
  });
  afterAll(async () => {
    await bare?.[Symbol.asyncDispose]();
    await scene?.[Symbol.asyncDispose]();
    await venue?.[Symbol.asyncDispose]();
  });

  test("docs/author.md: words become a policy that is in force", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "gatehouse-guide-"));
    const blocks = await blocksOf("author.md");
    const typed = commandsUnder(blocks, "Write policies in words");
    const { stdout, stderr, code } = await type(typed, folder.path, environment);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    // The asset that the guide shows is the one that comes out, but for its id and the gateway's.
    const shown = blocks.find(({ language }) => language === "json")?.code ?? "{}";
    const asset = JSON.parse(shown) as object;
    const general = (text: string) =>
      text.replaceAll(scene.gateway.gatewayId, "GATEWAY").replaceAll(/gateway\/insurance-\w+/g, "gateway/GATEWAY");
    const [assets = "", policy = ""] = stdout.split(/(?<=^\})\n(?=\{)/m);
    const { policyGenerationAssets } = JSON.parse(general(assets)) as { policyGenerationAssets: object[] };
    expect(policyGenerationAssets[0]).toEqual({
      ...(JSON.parse(general(JSON.stringify(asset))) as object),
      policyGenerationAssetId: expect.any(String),
    });
    expect(JSON.parse(policy)).toMatchObject({ name: "no_approvals", status: "ACTIVE" });
    const { policies = [] } = await scene.control.send(new ListPoliciesCommand({ policyEngineId }));
    expect(policies.map(({ name }) => name)).toContain("no_approvals");
  });

  test("docs/replay.md: recorded calls are tried against other policies", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "gatehouse-guide-"));
    const blocks = await blocksOf("replay.md");
    const { gatewayId } = scene.gateway;
    const typed = (heading: string) => type(known + commandsUnder(blocks, heading), folder.path, environment);

    const settings = await typed("Record calls");
    expect(JSON.parse(settings.stdout)).toMatchObject({ recordArguments: "FULL", explainDenials: false });
    await scene.settle();
    const alice = await scene.enter(users.nobody);
    for (const coverage_amount of [1_000_000, 4_000_000, 6_000_000, 10_000_000]) {
      await alice.call("ApplicationToolTarget___create_application", { applicant_region: "US", coverage_amount });
    }

    const candidate = blocks.find(({ language }) => language === "cedar")?.code ?? "";
    await writeFile(join(folder.path, "candidate.cedar"), candidate);
    const byCommand = await typed("Replay a gateway's calls");
    // The guide's report, but for times and for who has called.
    const report = blocks.find(({ heading, language }) => heading === "Replay a gateway's calls" && language === "");
    const general = (text: string) =>
      text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME").replaceAll(/\{.*\}/g, "ARGUMENTS");
    expect(general(byCommand.stdout)).toBe(general(report?.code ?? ""));
    expect(byCommand.code).toBe(1);

    const byApi = await typed("By the API");
    expect(byApi.stderr).toBe("");
    const { policyReplays } = await sendOwn(scene.control, "ListPolicyReplays", { gatewayIdentifier: gatewayId });
    await venue.idle();
    const reports = await Promise.all(
      policyReplays.map(async ({ policyReplayId }) => {
        const replay = await sendOwn(scene.control, "GetPolicyReplay", {
          gatewayIdentifier: gatewayId,
          policyReplayId,
        });
        return replay.report;
      }),
    );
    // Without the policy, nothing is allowed any more.
    expect(reports).toContainEqual(expect.objectContaining({ calls: 4, newlyDenied: 2, newlyAllowed: 0 }));
  });

  test("docs/policies.md: the schema, findings, what a change would do, and what callers are told", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "gatehouse-guide-"));
    const blocks = await blocksOf("policies.md");
    const typed = (heading: string) => type(known + commandsUnder(blocks, heading), folder.path, environment);
    const shown = (heading: string, language: string) =>
      blocks.find((block) => block.heading === heading && block.language === language)?.code;

    const schema = await typed("What a policy sees");
    expect(schema).toMatchObject({ code: 0, stdout: expect.stringMatching(/coverage_amount: Long[\s\S]*\n\[\]\n$/) });
    const analysis = await typed("What a change would do");
    expect(analysis).toEqual({ code: 0, stderr: "", stdout: shown("What a change would do", "json") });
    const permit = (condition: string) =>
      `permit(principal is AgentCore::OAuthUser, action == AgentCore::Action::"ApplicationToolTarget___create_application", resource == AgentCore::Gateway::"${scene.gateway.gatewayArn}") when { ${condition} };`;
    const general = (text = "") =>
      text.replaceAll(/For gateway insurance-\w+: (line \d+, column \d+: )?|line \d+, column \d+: /g, "").trim();
    for (const [heading, condition] of [
      ["Before it takes effect", "context.input.coverage_amout < 5"],
      ["Findings", "context.input.coverage_amount < 5000000 || context.input.coverage_amount > 100"],
    ] as const) {
      const cedar = { statement: permit(condition) };
      const create = new CreatePolicyCommand({ policyEngineId, name: "refused", definition: { cedar } });
      const { policyId, status, statusReasons = [] } = await scene.control.send(create);
      expect({ status, said: general(statusReasons.join("\n")) }).toEqual({
        status: "CREATE_FAILED",
        said: general(shown(heading, "")),
      });
      await scene.control.send(new DeletePolicyCommand({ policyEngineId, policyId }));
    }
    expect(await typed("Tell callers why")).toMatchObject({ code: 0, stderr: "" });
    await scene.settle();
    const alice = await scene.enter(users.nobody);
    const { text } = await alice.call("ApplicationToolTarget___create_application", {
      applicant_region: "US",
      coverage_amount: 10_000_000,
    });
    expect(`${text}\n`).toBe(shown("Tell callers why", ""));
  });
});
