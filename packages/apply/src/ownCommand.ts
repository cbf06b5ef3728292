import type { BedrockAgentCoreControlClient } from "@aws-sdk/client-bedrock-agentcore-control";
import { type OwnOperation, type OwnOperations, ownOperations } from "@gatehouse/core/control/own/operations.ts";
import { makeBuilder } from "@smithy/core/client";
import { getEndpointPlugin } from "@smithy/core/endpoints";

/** How the client's settings name what an endpoint depends on, as in the SDK's own commands. */
const endpointParameters = {
  UseDualStack: { type: "builtInParams", name: "useDualstackEndpoint" },
  UseFIPS: { type: "builtInParams", name: "useFipsEndpoint" },
  Endpoint: { type: "builtInParams", name: "endpoint" },
  Region: { type: "builtInParams", name: "region" },
} as const;

const command = makeBuilder(
  endpointParameters,
  "AmazonBedrockAgentCoreControl",
  "BedrockAgentCoreControlClient",
  getEndpointPlugin,
);

/**
 * Asks for one of Gatehouse's own operations through the SDK's client, which signs, retries and reads the answer as it does
 * for AgentCore's: the operations are described by schemas of the SDK's form.
 * @throws what the SDK's client throws, by the names of AgentCore's errors.
 */
export async function sendOwn<Name extends OwnOperation>(
  client: BedrockAgentCoreControlClient,
  name: Name,
  input: OwnOperations[Name]["input"],
): Promise<OwnOperations[Name]["output"]> {
  const schema = ownOperations.find(([, , operation]) => operation === name);
  if (schema === undefined) throw new Error(`There is no operation ${name}.`);
  const Command = command({}, () => [], name, schema);
  const { $metadata: _, ...output } = await client.send(new Command(input));
  return output as OwnOperations[Name]["output"]; // Read by the operation's own schema.
}
