import {
  type BedrockAgentCoreControlClient,
  CreatePolicyCommand,
  CreatePolicyEngineCommand,
  GetPolicyEngineCommand,
  type Policy,
  paginateListPolicies,
  paginateListPolicyEngines,
  UpdatePolicyCommand,
  waitUntilPolicyActive,
  waitUntilPolicyEngineActive,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { type InsurancePolicy, policiesFor } from "./policies.ts";
import { waiting } from "./wait.ts";

const engineName = "underwriting_use_case";

/** Creates the engine with the example's two policies about one gateway, and returns its ARN. It is attached to nothing. */
export async function createEngineAndPolicies(
  client: BedrockAgentCoreControlClient,
  gatewayArn: string,
): Promise<string> {
  const policyEngineId = (await findEngine(client)) ?? (await newEngine(client));
  await waitUntilPolicyEngineActive({ client, ...waiting }, { policyEngineId });
  const existing = await policiesOf(client, policyEngineId);
  for (const policy of policiesFor(gatewayArn)) {
    const policyId = await putPolicy(client, policyEngineId, policy, existing.get(policy.name));
    await waitUntilPolicyActive({ client, ...waiting }, { policyEngineId, policyId });
  }
  const { policyEngineArn = "" } = await client.send(new GetPolicyEngineCommand({ policyEngineId }));
  return policyEngineArn;
}

async function findEngine(client: BedrockAgentCoreControlClient): Promise<string | undefined> {
  for await (const { policyEngines = [] } of paginateListPolicyEngines({ client }, {})) {
    const found = policyEngines.find(({ name }) => name === engineName);
    if (found !== undefined) return found.policyEngineId;
  }
  return undefined;
}

async function newEngine(client: BedrockAgentCoreControlClient): Promise<string | undefined> {
  const description = "Who may do what with the underwriting tools";
  const { policyEngineId } = await client.send(new CreatePolicyEngineCommand({ name: engineName, description }));
  return policyEngineId;
}

async function policiesOf(
  client: BedrockAgentCoreControlClient,
  policyEngineId: string | undefined,
): Promise<Map<string | undefined, Policy>> {
  const policies = new Map<string | undefined, Policy>();
  for await (const page of paginateListPolicies({ client }, { policyEngineId })) {
    for (const policy of page.policies ?? []) policies.set(policy.name, policy);
  }
  return policies;
}

async function putPolicy(
  client: BedrockAgentCoreControlClient,
  policyEngineId: string | undefined,
  { name, description, statement }: InsurancePolicy,
  existing: Policy | undefined,
): Promise<string | undefined> {
  const definition = { cedar: { statement } };
  if (existing === undefined) {
    const created = await client.send(new CreatePolicyCommand({ policyEngineId, name, description, definition }));
    return created.policyId;
  }
  const { policyId } = existing;
  if (existing.definition?.cedar?.statement !== statement || existing.status !== "ACTIVE") {
    await client.send(new UpdatePolicyCommand({ policyEngineId, policyId, definition }));
  }
  return policyId;
}
