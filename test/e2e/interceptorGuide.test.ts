import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { applyDocument } from "@gatehouse/apply/applyDocument.ts";
import { exportDocument } from "@gatehouse/apply/exportDocument.ts";
import { sendOwn } from "@gatehouse/apply/ownCommand.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { roleArn, startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { type Block, blocksOf } from "../support/guide.ts";
import { post, textOf, toolsCall } from "../support/mcp.ts";

let folder: Awaited<ReturnType<typeof mkdtempDisposable>>;
let gatehouse: TestGatehouse;
let blocks: Block[];
beforeAll(async () => {
  blocks = await blocksOf("interceptors.md");
  folder = await mkdtempDisposable(join(tmpdir(), "gatehouse-guide-"));
  const [ask = "", redact = ""] = blocks.filter(({ language }) => language === "js").map(({ code }) => code);
  await writeFile(join(folder.path, "ask.mjs"), ask);
  await writeFile(join(folder.path, "redact.mjs"), redact);
  const bank = `export const handler = async (event) => ({ event, iban: "CH9300762011623852957" });`;
  await writeFile(join(folder.path, "bank.mjs"), bank);
  gatehouse = await startGatehouse({ lambdas: [folder.path] });
});
afterAll(async () => {
  await gatehouse?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

/** The guide's document, with what it leaves out. */
function documentOf(yaml: string, policies: Record<string, string>): string {
  const rest = `
    roleArn: ${roleArn}
    authorizerType: CUSTOM_JWT
    authorizerConfiguration:
      customJWTAuthorizer:
        discoveryUrl: ${gatehouse.host.idp.issuer}/.well-known/openid-configuration
        allowedAudience: ["\${gateway.payments.url}"]
    policyEngine: { name: payments, mode: ENFORCE }
    targets:
      Bank:
        targetConfiguration:
          mcp:
            lambda:
              lambdaArn: arn:aws:lambda:us-east-1:000000000000:function:bank
              toolSchema:
                inlinePayload:
                  - name: transfer
                    description: Moves money
                    inputSchema: { type: object, properties: { amount: { type: integer } }, required: [amount] }
`;
  const statements = Object.entries(policies).map(
    ([name, statement]) => `      ${name}:\n        statement: ${JSON.stringify(statement)}\n`,
  );
  const engine = `policyEngines:\n  payments:\n    policies:\n${statements.join("")}`;
  return `${yaml.replace(/\n *# \.\.\. .*\n/, rest)}${engine}`;
}

test("the guide's interceptors do what it says, by one file that is applied, changed, and applied again", async () => {
  const [yaml = ""] = blocks.filter(({ language }) => language === "yaml").map(({ code }) => code);
  const [careful = ""] = blocks.filter(({ language }) => language === "cedar").map(({ code }) => code);
  const everything = `@id("everything") permit(principal is AgentCore::OAuthUser, action == AgentCore::Action::"Bank___transfer", resource == AgentCore::Gateway::"\${gateway.payments.arn}");`;
  const apply = (text: string, prune = false) =>
    applyDocument({ client: gatehouse.control, document: { text }, prune });
  const complete = documentOf(yaml, { everything, careful });
  const { gateways } = await apply(complete);
  const { id = "", arn = "", url = "" } = gateways.get("payments") ?? {};
  expect((await apply(complete)).plan.changes).toEqual([]);
  expect(await exportDocument({ client: gatehouse.control })).toContain("interceptionPoints:");

  const token = await gatehouse.token({ id, arn, url }, "alice");
  const transfer = async (euros: number, headers: Record<string, string> = {}) => {
    const body = toolsCall("Bank___transfer", { euros });
    const answer = await post(url, body, { Authorization: `Bearer ${token}`, ...headers });
    return textOf(answer.body?.result);
  };
  expect(await transfer(5)).toBe('{"event":{"amount":500},"iban":"[IBAN]"}');
  expect(await transfer(500)).toContain("Tool Execution Denied");
  expect(await transfer(500, { "X-Channel": "branch" })).toContain('"amount":50000');

  // What nobody reads any more is told no more, in one go.
  const silent = documentOf(yaml.replace(/ *interceptorContext.*\n/, "").replace("    settings:\n", ""), {
    everything,
  });
  await apply(silent, true);
  const settings = await sendOwn(gatehouse.control, "GetGatewaySettings", { gatewayIdentifier: id });
  expect(settings.interceptorContext).toEqual([]);
  expect((await apply(silent, true)).plan.changes).toEqual([]);
});
