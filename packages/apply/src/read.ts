import {
  type BedrockAgentCoreControlClient,
  GetGatewayCommand,
  GetGatewayTargetCommand,
  GetPolicyCommand,
  ListTagsForResourceCommand,
  type PolicyEngine,
  paginateListGateways,
  paginateListGatewayTargets,
  paginateListPolicies,
  paginateListPolicyEngines,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { GatehouseError } from "@gatehouse/core/errors.ts";
import type { Json, JsonObject } from "@gatehouse/core/json.ts";
import type { Deployment, Present, PresentGateway, PresentPolicyEngine } from "./deployment.ts";
import { gatewayMembers, targetMembers } from "./document.ts";
import { type EvaluationExtent, readEvaluation } from "./evaluation/read.ts";
import { type IdentityExtent, readIdentity } from "./identity/read.ts";
import { sendOwn } from "./ownCommand.ts";
import { settled } from "./settle.ts";

/** Whose targets, policies and tags are to be read: by name, or everybody's. */
export interface Extent {
  readonly gateways: ReadonlySet<string> | "all";
  readonly policyEngines: ReadonlySet<string> | "all";
  readonly identity?: IdentityExtent;
  readonly evaluation?: EvaluationExtent;
}

type Client = BedrockAgentCoreControlClient;

/** Reads what is deployed. What is being created or changed by somebody at the moment is waited for. */
export async function readDeployment(client: Client, extent: Extent): Promise<Deployment> {
  const engines: PolicyEngine[] = [];
  for await (const page of paginateListPolicyEngines({ client }, {})) engines.push(...(page.policyEngines ?? []));
  const engineNames = new Map(engines.map(({ policyEngineArn = "", name = "" }) => [policyEngineArn, name]));
  const gatewayIds: string[] = [];
  for await (const page of paginateListGateways({ client }, {})) {
    for (const { gatewayId = "" } of page.items ?? []) gatewayIds.push(gatewayId);
  }

  const gateways = new Map<string, PresentGateway>();
  for (const id of gatewayIds) {
    const { name, gateway } = await readGateway(client, id, engineNames, extent.gateways);
    addOnce(gateways, "gateway", name, gateway);
  }
  const policyEngines = new Map<string, PresentPolicyEngine>();
  for (const engine of engines) {
    const { name = "" } = engine;
    addOnce(policyEngines, "policy engine", name, await readPolicyEngine(client, engine, extent.policyEngines));
  }
  const identity = await readIdentity(client, extent.identity ?? {});
  const evaluation = await readEvaluation(client, extent.evaluation ?? {});
  // Whatever is there says where it is.
  const others = [...Object.values(identity), ...Object.values(evaluation.present)];
  const [some] = [
    ...gateways.values(),
    ...policyEngines.values(),
    ...others.flatMap((entries) => [...entries.values()]),
  ];
  const [, , , region = await client.config.region(), account] = some?.arn.split(":") ?? [];
  return { region, account, gateways, policyEngines, identity, evaluation };
}

async function readGateway(
  client: Client,
  gatewayIdentifier: string,
  engineNames: ReadonlyMap<string, string>,
  extent: Extent["gateways"],
): Promise<{ name: string; gateway: PresentGateway }> {
  const get = () => client.send(new GetGatewayCommand({ gatewayIdentifier }));
  const described = await settled(`gateway ${gatewayIdentifier}`, get);
  const { name = "", gatewayArn: arn = "", gatewayUrl: url = "", status = "", policyEngineConfiguration } = described;
  const within = isWithin(extent, name);
  const { arn: engineArn = "", mode = "" } = policyEngineConfiguration ?? {};
  const gateway = {
    id: gatewayIdentifier,
    arn,
    url,
    status,
    settings: pick(described, gatewayMembers),
    tags: within ? await readTags(client, arn) : {},
    ownSettings: within ? await readOwnSettings(client, gatewayIdentifier) : {},
    // An engine that is listed no more is told by what is left of it.
    ...(policyEngineConfiguration && { policyEngine: { name: engineNames.get(engineArn) ?? engineArn, mode } }),
    targets: within ? await readTargets(client, gatewayIdentifier) : new Map<string, Present>(),
    isRead: within,
    described,
  };
  return { name, gateway };
}

async function readOwnSettings(client: Client, gatewayIdentifier: string): Promise<JsonObject> {
  const { gatewayArn: _, ...settings } = await sendOwn(client, "GetGatewaySettings", { gatewayIdentifier });
  return settings as unknown as JsonObject; // It came as JSON.
}

async function readTargets(client: Client, gatewayIdentifier: string): Promise<ReadonlyMap<string, Present>> {
  const targets = new Map<string, Present>();
  for await (const page of paginateListGatewayTargets({ client }, { gatewayIdentifier })) {
    for (const { targetId = "", name = "" } of page.items ?? []) {
      const get = () => client.send(new GetGatewayTargetCommand({ gatewayIdentifier, targetId }));
      const target = await settled(`target ${name}`, get);
      addOnce(targets, "target", name, {
        id: targetId,
        status: target.status ?? "",
        settings: pick(target, targetMembers),
      });
    }
  }
  return targets;
}

async function readPolicyEngine(
  client: Client,
  { name = "", policyEngineId = "", policyEngineArn: arn = "", status, description }: PolicyEngine,
  extent: Extent["policyEngines"],
): Promise<PresentPolicyEngine> {
  const policies = new Map<string, Present>();
  const head = {
    id: policyEngineId,
    arn,
    status: status ?? "",
    settings: pick({ description }, ["description"]),
    policies,
  };
  if (!isWithin(extent, name)) return { ...head, tags: {} };
  for await (const page of paginateListPolicies({ client }, { policyEngineId })) {
    for (const listed of page.policies ?? []) {
      const { policyId = "", name: policyName = "" } = listed;
      const get = () => client.send(new GetPolicyCommand({ policyEngineId, policyId }));
      const policy = await settled(`policy ${policyName}`, get, { ...listed, $metadata: {} });
      const { description, enforcementMode, definition } = policy;
      const settings = pick({ description, enforcementMode, statement: definition?.cedar?.statement }, [
        "description",
        "enforcementMode",
        "statement",
      ]);
      addOnce(policies, "policy", policyName, { id: policyId, status: policy.status ?? "", settings });
    }
  }
  return { ...head, tags: await readTags(client, arn) };
}

/** The tags that people set; those of AWS itself can't be changed. */
async function readTags(client: Client, resourceArn: string): Promise<JsonObject> {
  const { tags = {} } = await client.send(new ListTagsForResourceCommand({ resourceArn }));
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !key.startsWith("aws:")));
}

/** Documents name things; where two have one name it isn't known which is meant. */
function addOnce<T>(to: Map<string, T>, kind: string, name: string, value: T): void {
  if (to.has(name)) {
    throw new GatehouseError("conflict", `There are two things of kind ${kind} named ${name}; rename or delete one.`);
  }
  to.set(name, value);
}

function isWithin(extent: ReadonlySet<string> | "all", name: string): boolean {
  return extent === "all" || extent.has(name);
}

/** Members of an answer as JSON, without those that are absent. */
function pick<T extends object>(from: T, members: readonly (keyof T & string)[]): JsonObject {
  const picked = members.map((member) => [member, from[member]]);
  const text = JSON.stringify(Object.fromEntries(picked));
  return JSON.parse(text) as Record<string, Json>; // As JSON.stringify wrote it.
}
