import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { roleArn, startGatehouse } from "../support/gatehouse.ts";
import { bareEnvironment, findBoto3, run } from "../support/python.ts";
import { startUpstream } from "../support/upstream.ts";

const tool = await findBoto3();
const script = fileURLToPath(new URL("../fixtures/boto3_drive.py", import.meta.url));
const greeting = "Grüße, 門番 🛡️";

/** What the script has seen, by step. */
type Seen = Readonly<Record<string, unknown>>;

describe.skipIf(tool.skipped)(`boto3${tool.skipped}`, { timeout: 120_000 }, () => {
  let steps: ReadonlyMap<string, Seen>;
  const seen = (step: string): Seen => {
    const found = steps.get(step);
    if (found === undefined) throw new Error(`The script didn't say "${step}".`);
    return found;
  };

  beforeAll(async () => {
    steps = await drive();
  }, 120_000);

  test("does the work of every operation that is built, and every waiter ends", () => {
    expect(seen("end")).toMatchObject({ driven: tool.operations, waited: tool.waiters });
  });

  test("gets every required member, every enum's value and every status as its own model has them", () => {
    expect(seen("end").deviations).toEqual([]);
  });

  test("creates, reads, replaces and deletes a gateway", () => {
    const created = seen("create gateway").answer;
    expect(created).toMatchObject({
      name: "driven",
      description: greeting,
      status: "READY",
      createdAt: { datetime: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+\+00:00$/) },
    });
    expect(seen("get gateway").answer).toEqual(created);
    expect(seen("list gateways").items).toMatchObject([{ name: "driven", description: greeting, status: "READY" }]);
    expect(seen("update gateway").answer).toMatchObject({ name: "renamed", exceptionLevel: "DEBUG" });
    expect(seen("update gateway").answer).not.toHaveProperty("description");
    expect(seen("delete gateway").answer).toMatchObject({ status: "DELETING" });
    expect(seen("get deleted gateway")).toMatchObject({ type: "ResourceNotFoundException", status: 404 });
  });

  test("tags and limits a gateway by its ARN in the path", () => {
    expect(seen("tags").tags).toEqual({ kept: "" });
    expect(seen("resource policy").same).toEqual([true, true]);
    expect(seen("get deleted resource policy")).toMatchObject({ type: "ResourceNotFoundException", status: 404 });
  });

  test("creates, reads, replaces and deletes agents and credential providers, whose secrets don't come back", () => {
    const allowedResourceOauth2ReturnUrls = ["https://app.example/done"];
    expect(seen("create agent").answer).toMatchObject({ name: "driven_agent", allowedResourceOauth2ReturnUrls });
    expect(seen("agent").answer).toMatchObject({ allowedResourceOauth2ReturnUrls });
    expect(seen("update agent").answer).toMatchObject({ allowedResourceOauth2ReturnUrls: [] });
    expect(seen("agents").names).toEqual(["driven_agent"]);
    expect(seen("deleted agent")).toMatchObject({ type: "ResourceNotFoundException", status: 404 });
    expect(seen("key").answer).toMatchObject({ name: "driven_key", lastUpdatedTime: { datetime: expect.any(String) } });
    expect(seen("key tags").tags).toEqual({ made: "here" });
    expect(seen("keys").names).toEqual(["driven_key"]);
    expect(seen("client")).toMatchObject({ answer: { status: "READY" }, same: true });
    expect(seen("clients").vendors).toEqual(["GithubOauth2"]);
    expect(JSON.stringify([seen("key"), seen("client")])).not.toMatch(/another key|a secret/);
    expect(seen("vault key").answer).toEqual(seen("vault").answer);
  });

  test("creates, reads, changes, locks and deletes evaluators and online evaluations", () => {
    expect(seen("evaluator")).toMatchObject({
      answer: { description: greeting, lockedForModification: false },
      same: true,
    });
    const types = seen("evaluators").types as string[][]; // As the script says it.
    expect(types[0]).toEqual(Array.from({ length: 10 }, () => "Builtin"));
    expect(types.flat().at(-1)).toBe("Custom");
    expect(seen("locked").locked).toBe(true);
    expect(seen("delete locked")).toMatchObject({ type: "ConflictException", status: 409 });
    expect(seen("online evaluation").answer).toMatchObject({
      executionStatus: "DISABLED",
      rule: { samplingConfig: { samplingPercentage: 0.01 }, sessionConfig: { sessionTimeoutMinutes: 15 } },
      dataSourceConfig: { cloudWatchLogs: { logGroupNames: ["/agents"], serviceNames: ["driven-agent"] } },
    });
    expect(seen("online evaluations").names).toEqual(["driven"]);
    expect([seen("delete online evaluation").status, seen("delete evaluator").status]).toEqual([
      "DELETING",
      "DELETING",
    ]);
  });

  test("creates, synchronises, replaces and deletes a target", () => {
    const statuses = ["create target", "target created", "update target", "target updated", "delete target"];
    expect(statuses.map((step) => seen(step).status)).toEqual(["CREATING", "READY", "UPDATING", "READY", "DELETING"]);
    expect(seen("synchronize target").statuses).toEqual(["SYNCHRONIZING"]);
    expect(seen("target synchronized").status).toBe("READY");
    expect(seen("list targets").items).toMatchObject([{ name: "Renamed", status: "READY" }]);
  });

  test("creates, reads and changes an engine and a policy", () => {
    expect(seen("create engine").answer).toMatchObject({ description: greeting, status: "ACTIVE" });
    expect(seen("get engine").description).toBe("Changed");
    expect(seen("get engine without description").description).toBeNull();
    expect(seen("get engine summary").answer).not.toHaveProperty("description");
    expect(seen("get policy")).toMatchObject({ description: "Changed", same: true });
    expect(seen("get policy summary").members).not.toContain("definition");
    const lists = ["list engines", "list engine summaries", "list policies", "list policy summaries"];
    expect(lists.map((step) => seen(step).names)).toEqual([["driven"], ["driven"], ["nobody"], ["nobody"]]);
    expect(seen("get generation").answer).toMatchObject({ status: "GENERATED", findings: "NOT_TRANSLATABLE: 1" });
    expect(seen("get generation summary").members).not.toContain("statusReasons");
    expect(seen("generation assets").types).toEqual(["NOT_TRANSLATABLE"]);
    expect(seen("list generations").names).toEqual(["words"]);
    expect(seen("list generation summaries").names).toEqual(["words"]);
    expect(seen("delete engine in use")).toMatchObject({ type: "ConflictException", status: 409 });
  });

  test.each(["PolicyDeleted", "PolicyEngineDeleted"])("the waiter %s sees it there, and then gone", (waiter) => {
    expect(seen(`${waiter}: deleted`).status).toBe("DELETING");
    expect(seen(waiter).seen).toEqual([200, 404]);
  });

  test("the waiter PolicyActive ends for a policy that has failed", () => {
    expect(seen("waiter fails")).toMatchObject({
      message: expect.stringContaining("terminal failure state"),
      status: "CREATE_FAILED",
    });
  });

  test("reads a list page by page, all of it or some", () => {
    const pages = [["policy_0", "policy_1"], ["policy_2", "policy_3"], ["policy_4"]];
    expect(seen("pages").names).toEqual(pages);
    // The token that botocore makes after three of pages of two says how much of the second page it has shown.
    expect(seen("resumed").names).toEqual([pages.flat().slice(0, 3), pages.flat().slice(3)]);
    expect(seen("no items").pages).toEqual([[]]);
    expect(seen("wrong token")).toMatchObject({ type: "ValidationException", fields: ["nextToken"] });
  });

  test("a clientToken makes a repeated request the same request", () => {
    expect(seen("same token").same).toBe(true);
    expect(seen("same token, other input")).toMatchObject({
      type: "ConflictException",
      message: expect.stringContaining("clientToken"),
    });
    expect(seen("no token")).toMatchObject({
      type: "ConflictException",
      message: expect.stringContaining("exists already"),
    });
  });

  test("says what is wrong with a request, in the error classes of its client", () => {
    expect(seen("wrong fields")).toMatchObject({
      type: "ValidationException",
      status: 400,
      reason: "FieldValidationFailed",
      fields: ["authorizerType", "description", "name", "roleArn"],
    });
    expect(seen("not there")).toMatchObject({
      type: "ResourceNotFoundException",
      message: "There is no gateway nowhere-0123456789.",
    });
    expect(seen("not built")).toMatchObject({
      type: "ValidationException",
      message: "ListBrowsers is not part of Gatehouse yet.",
    });
  });

  test.each([
    ["wrong secret", "InvalidSignatureException", /Check the secret access key/],
    ["wrong key", "UnrecognizedClientException", /check AWS_ACCESS_KEY_ID/],
    ["wrong region", "InvalidSignatureException", /us-east-1\/bedrock-agentcore\/aws4_request/],
    ["session token", "UnrecognizedClientException", /unset AWS_SESSION_TOKEN/],
  ])("says what is wrong with its credentials: %s", (step, code, message) => {
    const answer = seen(step);
    expect(answer).toMatchObject({ code, attempts: 1 });
    expect(answer.message).toMatch(message);
  });
});

/** Runs the script against a Gatehouse of its own, which boto3 finds as the administrator's shell would tell it. */
async function drive(): Promise<ReadonlyMap<string, Seen>> {
  await using gatehouse = await startGatehouse();
  await using upstream = await startUpstream();
  await using bare = await bareEnvironment();
  const { url, region, administrator, idp } = gatehouse.host;
  const given = {
    roleArn,
    discoveryUrl: `${idp.issuer}/.well-known/openid-configuration`,
    upstream: upstream.endpoint,
  };
  const { code, stdout, stderr } = await run("python3", [script, JSON.stringify(given)], {
    ...bare.variables,
    AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL: url,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: administrator.accessKeyId,
    AWS_SECRET_ACCESS_KEY: administrator.secretAccessKey,
  });
  if (code !== 0) throw new Error(`${script} has failed after these steps:\n${stdout}\n${stderr}`);
  const lines = stdout.trim().split("\n");
  return new Map(
    lines.map((line) => {
      const { step, ...rest } = JSON.parse(line) as Seen & { step: string }; // As the script prints it.
      return [step, rest];
    }),
  );
}
