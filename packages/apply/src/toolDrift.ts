import {
  type BedrockAgentCoreControlClient,
  paginateListGateways,
  paginateListGatewayTargets,
} from "@aws-sdk/client-bedrock-agentcore-control";
import type { ToolDrift } from "@gatehouse/core/control/own/toolDriftTypes.ts";
import { sendOwn } from "./ownCommand.ts";

type Client = BedrockAgentCoreControlClient;

/** The tools of one target that aren't as they were approved. */
export interface TargetDrift {
  readonly gatewayIdentifier: string;
  readonly targetId: string;
  readonly target: string;
  readonly tools: readonly ToolDrift[];
}

/**
 * Reads what tools have changed since they were approved.
 * @param gateway the name or the id of a gateway.
 * @param target the name or the id of one of its targets; all of them where none is named.
 */
export async function readDrift(client: Client, gateway: string, target?: string): Promise<TargetDrift[]> {
  const gatewayIdentifier = await idOfGateway(client, gateway);
  const found: TargetDrift[] = [];
  for await (const page of paginateListGatewayTargets({ client }, { gatewayIdentifier })) {
    for (const { targetId = "", name = "" } of page.items ?? []) {
      if (target !== undefined && target !== targetId && target !== name) continue;
      found.push({
        gatewayIdentifier,
        targetId,
        target: name,
        tools: await toolsOf(client, gatewayIdentifier, targetId),
      });
    }
  }
  if (target !== undefined && found.length === 0) throw new Error(`The gateway ${gateway} has no target ${target}.`);
  return found;
}

async function idOfGateway(client: Client, gateway: string): Promise<string> {
  for await (const page of paginateListGateways({ client }, {})) {
    const match = page.items?.find(({ gatewayId, name }) => gatewayId === gateway || name === gateway);
    if (match?.gatewayId !== undefined) return match.gatewayId;
  }
  throw new Error(`There is no gateway ${gateway}.`);
}

async function toolsOf(client: Client, gatewayIdentifier: string, targetId: string): Promise<ToolDrift[]> {
  const tools: ToolDrift[] = [];
  let nextToken: string | undefined;
  do {
    const page = await sendOwn(client, "ListToolDrift", { gatewayIdentifier, targetId, nextToken });
    tools.push(...page.toolDrift);
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return tools;
}

/** The drift of a target with only the tools that are named. @throws for a name that has no drift. */
export function only(drift: TargetDrift, names: readonly string[]): TargetDrift {
  if (names.length === 0) return drift;
  const missing = names.find((name) => !drift.tools.some((tool) => tool.name === name));
  if (missing !== undefined) throw new Error(`The tool ${missing} of ${drift.target} is as it was approved.`);
  return { ...drift, tools: drift.tools.filter(({ name }) => names.includes(name)) };
}

/** Takes what was shown for approved: what has changed meanwhile is refused by Gatehouse. */
export async function acceptDrift(client: Client, { gatewayIdentifier, targetId, tools }: TargetDrift): Promise<void> {
  const seen = tools.map(({ name, observedDigest }) => ({ name, digest: observedDigest }));
  await sendOwn(client, "AcceptToolDrift", { gatewayIdentifier, targetId, tools: seen });
}
