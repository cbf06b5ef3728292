import {
  type BedrockAgentCoreControlClient,
  GetEvaluatorCommand,
  GetOnlineEvaluationConfigCommand,
  ListTagsForResourceCommand,
  paginateListEvaluators,
  paginateListOnlineEvaluationConfigs,
} from "@aws-sdk/client-bedrock-agentcore-control";
import type { JsonObject } from "@gatehouse/core/json.ts";
import {
  type EvaluationDeployment,
  type EvaluationKind,
  evaluationKinds,
  evaluationSections,
  type PresentEvaluation,
} from "./kinds.ts";

/** What is to be read of each kind: by name, or everybody's; nothing of a kind that isn't named. */
export type EvaluationExtent = Partial<Record<EvaluationKind, ReadonlySet<string> | "all">>;

type Client = BedrockAgentCoreControlClient;

/** Reads what is deployed of evaluation; nothing where nothing is asked for. */
export async function readEvaluation(client: Client, extent: EvaluationExtent): Promise<EvaluationDeployment> {
  const present: Partial<Record<EvaluationKind, ReadonlyMap<string, PresentEvaluation>>> = {};
  if (Object.keys(extent).length === 0) return { present, evaluatorIds: new Map() };
  const evaluatorIds = await idsOf(client, "evaluator");
  const names = new Map([...evaluatorIds].map(([name, id]) => [id, name]));
  for (const kind of evaluationKinds) {
    const within = extent[kind];
    if (within === undefined) continue;
    const found = new Map<string, PresentEvaluation>();
    for (const [name, id] of kind === "evaluator" ? evaluatorIds : await idsOf(client, kind)) {
      if (within !== "all" && !within.has(name)) continue;
      const one = kind === "evaluator" ? await readEvaluator(client, id) : await readOnline(client, id, names);
      found.set(name, { ...one, id, tags: await readTags(client, one.arn) });
    }
    present[kind] = found;
  }
  return { present, evaluatorIds };
}

/** Of the account's own, by name. */
async function idsOf(client: Client, kind: EvaluationKind): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>();
  if (kind === "evaluator") {
    for await (const { evaluators = [] } of paginateListEvaluators({ client }, {})) {
      for (const { evaluatorId = "", evaluatorName = "" } of evaluators) {
        if (!evaluatorId.includes(".")) ids.set(evaluatorName, evaluatorId);
      }
    }
    return ids;
  }
  for await (const { onlineEvaluationConfigs = [] } of paginateListOnlineEvaluationConfigs({ client }, {})) {
    for (const { onlineEvaluationConfigId = "", onlineEvaluationConfigName = "" } of onlineEvaluationConfigs) {
      ids.set(onlineEvaluationConfigName, onlineEvaluationConfigId);
    }
  }
  return ids;
}

async function readEvaluator(client: Client, evaluatorId: string) {
  const found = await client.send(new GetEvaluatorCommand({ evaluatorId }));
  return { arn: found.evaluatorArn ?? "", settings: pick(found, evaluationSections.evaluator.members) };
}

async function readOnline(client: Client, onlineEvaluationConfigId: string, names: ReadonlyMap<string, string>) {
  const found = await client.send(new GetOnlineEvaluationConfigCommand({ onlineEvaluationConfigId }));
  const settings = pick(found, evaluationSections.onlineEvaluationConfig.members);
  // One that is gone, which something disabled may still name, is told by what is left of it.
  const evaluators = (found.evaluators ?? []).map(({ evaluatorId = "" }) => names.get(evaluatorId) ?? evaluatorId);
  return { arn: found.onlineEvaluationConfigArn ?? "", settings: { ...settings, evaluators } };
}

async function readTags(client: Client, resourceArn: string): Promise<JsonObject> {
  const { tags = {} } = await client.send(new ListTagsForResourceCommand({ resourceArn }));
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !key.startsWith("aws:")));
}

/** Members of an answer as JSON, without those that are absent. */
function pick<T extends object>(from: T, members: readonly (keyof T & string)[]): JsonObject {
  const present = members.filter((name) => from[name] !== undefined).map((name) => [name, from[name]]);
  return JSON.parse(JSON.stringify(Object.fromEntries(present))) as JsonObject; // As JSON.stringify wrote it.
}
