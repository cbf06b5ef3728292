import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateGatewayTargetCommand, type TargetConfiguration } from "@aws-sdk/client-bedrock-agentcore-control";
import { shopModel, withEndpoint } from "@gatehouse/core/gateway/targets/smithyModel/testing.ts";
import { startAwsEndpoint } from "../../test/support/awsEndpoint.ts";
import { startGatehouse, type TestGateway } from "../../test/support/gatehouse.ts";
import { interceptorArn, setInterceptors } from "../../test/support/interceptors.ts";

/** A Gatehouse with a target of each kind, with a policy for all of them and without, and with interceptors at both points. */
const [upstream = "", backend = ""] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "gatehouse-bench-"));
for (const point of ["request", "response"]) {
  const output = `({ interceptorOutputVersion: "1.0", mcp: {} })`;
  writeFileSync(join(folder, `${point}-interceptor.mjs`), `export const handler = () => ${output};`);
}
writeFileSync(join(folder, "echo.mjs"), "export const handler = (event) => event;");
// Stages of API Gateway are exported by it.
const aws = await startAwsEndpoint();
process.env.AWS_ENDPOINT_URL_API_GATEWAY = aws.url;
const gatehouse = await startGatehouse({ lambdas: [folder] });

const text = { type: "object" as const, properties: { text: { type: "string" as const } } };
const json = { "application/json": { schema: text } };
const description = {
  openapi: "3.1.0",
  info: { title: "Echo", version: "1" },
  servers: [{ url: backend }],
  paths: {
    "/echo": {
      post: {
        operationId: "echo",
        requestBody: { content: json },
        responses: { 200: { description: "The same", content: json } },
      },
    },
  },
};
aws.stages.set("echo/prod", { ...description, openapi: "3.0.1" });
const members = { text: { target: "smithy.api#String" } };
const model = withEndpoint(
  shopModel(
    { "shop#Input": { type: "structure", members }, "shop#Output": { type: "structure", members } },
    { traits: { "smithy.api#http": { method: "POST", uri: "/echo" } } },
  ),
  backend,
);
const tool = { name: "echo", description: "Gives its arguments back", inputSchema: text };
const signed: ReadonlySet<string> = new Set(["ApiGateway", "Smithy", "Lambda"]);
const role = [{ credentialProviderType: "GATEWAY_IAM_ROLE" as const }];
const kinds: Record<string, TargetConfiguration["mcp"]> = {
  McpServer: { mcpServer: { endpoint: upstream } },
  OpenApi: { openApiSchema: { inlinePayload: JSON.stringify(description) } },
  ApiGateway: {
    apiGateway: {
      restApiId: "echo",
      stage: "prod",
      apiGatewayToolConfiguration: {
        toolFilters: [{ filterPath: "/echo", methods: ["POST"] }],
        toolOverrides: [{ name: "echo", path: "/echo", method: "POST" }],
      },
    },
  },
  Smithy: { smithyModel: { inlinePayload: model } },
  Lambda: { lambda: { lambdaArn: interceptorArn("echo"), toolSchema: { inlinePayload: [tool] } } },
};

async function gatewayWithAll(): Promise<TestGateway> {
  const gateway = await gatehouse.createGateway();
  for (const name of Object.keys(kinds)) {
    await gatehouse.control.send(
      new CreateGatewayTargetCommand({
        gatewayIdentifier: gateway.id,
        name,
        targetConfiguration: { mcp: kinds[name] } as TargetConfiguration,
        ...(signed.has(name) ? { credentialProviderConfigurations: role } : {}),
      }),
    );
  }
  await gatehouse.host.idle();
  return gateway;
}

const everything = {
  everything: `permit(principal, action, resource == AgentCore::Gateway::"{gateway}") when { principal.hasTag("department") };`,
};
const entrance = async (gateway: TestGateway) => ({
  url: gateway.url,
  token: await gatehouse.token(gateway, "alice", { department: "finance" }),
});

const open = await gatewayWithAll();
const enforcing = await gatewayWithAll();
await gatehouse.attach(enforcing, "ENFORCE", everything);
const intercepted = await gatewayWithAll();
await gatehouse.attach(intercepted, "ENFORCE", everything);
await setInterceptors(gatehouse, intercepted, [
  { interceptor: { lambda: { arn: interceptorArn("request-interceptor") } }, interceptionPoints: ["REQUEST"] },
  { interceptor: { lambda: { arn: interceptorArn("response-interceptor") } }, interceptionPoints: ["RESPONSE"] },
]);
process.send?.(
  JSON.stringify({
    open: await entrance(open),
    enforcing: await entrance(enforcing),
    intercepted: await entrance(intercepted),
  }),
);
process.on(
  "disconnect",
  () => void Promise.all([gatehouse[Symbol.asyncDispose](), aws.stop()]).then(() => process.exit()),
);
