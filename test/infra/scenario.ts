import {
  DeleteGatewayCommand,
  DeletePolicyCommand,
  GetGatewayCommand,
  ListGatewaysCommand,
  ListGatewayTargetsCommand,
  ListPoliciesCommand,
  ListPolicyEnginesCommand,
  StartPolicyGenerationCommand,
  TagResourceCommand,
  UpdateGatewayCommand,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { sendOwn } from "@gatehouse/apply/ownCommand.ts";
import type { TestGatehouse } from "../support/gatehouse.ts";
import { connectClient } from "../support/mcp.ts";
import { type Answer, signedRequest, type Unsigned } from "../support/signedRequest.ts";
import type { Upstream } from "../support/upstream.ts";

/** What administrators do: everything once that touches storage in a way of its own. */
export async function administer(gatehouse: TestGatehouse): Promise<void> {
  const { control, host } = gatehouse;
  const gateway = await gatehouse.createGateway();
  const policyEngineId = await gatehouse.attach(gateway, "LOG_ONLY", {
    everybody: 'permit(principal, action, resource == AgentCore::Gateway::"{gateway}");',
  });
  // The engine stays and its mode changes: what was checked of the engine must still hold.
  const { name, roleArn, authorizerType, authorizerConfiguration, protocolType, policyEngineConfiguration } =
    await control.send(new GetGatewayCommand({ gatewayIdentifier: gateway.id }));
  await control.send(
    new UpdateGatewayCommand({
      gatewayIdentifier: gateway.id,
      ...{ name, roleArn, authorizerType, authorizerConfiguration, protocolType },
      policyEngineConfiguration: { arn: policyEngineConfiguration?.arn, mode: "ENFORCE" },
    }),
  );
  await control.send(new TagResourceCommand({ resourceArn: gateway.arn, tags: { team: "underwriting" } }));
  await control.send(new ListGatewaysCommand({}));
  await control.send(new ListPolicyEnginesCommand({}));
  await control.send(new ListGatewayTargetsCommand({ gatewayIdentifier: gateway.id }));
  const content = { rawText: "Allow everyone to create applications." };
  await control.send(
    new StartPolicyGenerationCommand({ policyEngineId, name: "words", resource: { arn: gateway.arn }, content }),
  );
  const hour = { from: new Date(Date.now() - 3_600_000), until: new Date() };
  await sendOwn(control, "StartPolicyReplay", { gatewayIdentifier: gateway.id, ...hour });
  await host.idle();
  const { policies = [] } = await control.send(new ListPoliciesCommand({ policyEngineId }));
  for (const { policyId } of policies) await control.send(new DeletePolicyCommand({ policyEngineId, policyId }));

  const ask = (request: Unsigned): Promise<Answer> => signedRequest(host.url, request, host.administrator);
  const { body } = await ask({ method: "POST", path: "/access-keys", body: { name: "ci", roles: ["analyst"] } });
  await ask({ method: "DELETE", path: `/access-keys/${body.accessKeyId}` });
  await control.send(new DeleteGatewayCommand({ gatewayIdentifier: gateway.id }));
}

/** What agents do, with tools that were read from a server: an agent that has entered, and leaves when it is done. */
export async function enter(gatehouse: TestGatehouse, { endpoint }: Upstream) {
  const gateway = await gatehouse.createGateway();
  const targetId = await gatehouse.addTarget(gateway, "Up", { mcpServer: { endpoint } });
  const client = await connectClient(gateway.url, await gatehouse.token(gateway, "alice"));
  return {
    async call(): Promise<void> {
      await client.callTool({ name: "Up___echo", arguments: { text: "hello" } });
      await gatehouse.host.idle();
    },
    async leave(): Promise<void> {
      await client.close();
      await gatehouse.deleteTarget(gateway, targetId);
    },
  };
}
