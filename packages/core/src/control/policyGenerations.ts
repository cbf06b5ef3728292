import { GatehouseError } from "../errors.ts";
import type { PolicyGenerationRecord } from "../storage/records.ts";
import { existingPolicyEngine } from "./existing.ts";
import type { ControlPlaneDependencies, Handlers } from "./handlers.ts";
import { gatewayIdOfArn, newResourceId, policyGenerationArn } from "./identifiers.ts";
import type { OutputOf } from "./operationTypes.ts";
import { refuse } from "./supported.ts";
import { now } from "./times.ts";

/**
 * The operations on policies written from words. What is asked for is stored together with the event that sets it going;
 * the function that gets the event writes the policies (policy/authoring/generatePolicies.ts), and clients poll.
 */
export function policyGenerationHandlers(dependencies: ControlPlaneDependencies) {
  const { repository } = dependencies;

  const requireEngine = (policyEngineId: string) => existingPolicyEngine(repository, policyEngineId);
  const existing = async (policyEngineId: string, policyGenerationId: string): Promise<PolicyGenerationRecord> => {
    await requireEngine(policyEngineId);
    const record = await repository.getPolicyGeneration(policyEngineId, policyGenerationId);
    if (record === undefined) throw generationNotFound(policyEngineId, policyGenerationId);
    return record;
  };
  const listed = async ({ policyEngineId, ...page }: { readonly policyEngineId: string }) => {
    await requireEngine(policyEngineId);
    return repository.listPolicyGenerations(policyEngineId, page);
  };

  return {
    async StartPolicyGeneration({ policyEngineId, name, resource, content }, scope) {
      const { rawText } = content;
      if (rawText === undefined || rawText.trim() === "") refuse("content.rawText", "must say what is to be allowed");
      const gatewayId = gatewayIdOfArn(dependencies, resource.arn ?? "");
      if (gatewayId === undefined || (await repository.getGateway(gatewayId)) === undefined) {
        refuse("resource.arn", `must be the ARN of a gateway that exists: there is none ${resource.arn}`);
      }
      await requireEngine(policyEngineId);
      const policyGenerationId = newResourceId(name);
      const time = now();
      const record: PolicyGenerationRecord = {
        policyEngineId,
        policyGenerationId,
        policyGenerationArn: policyGenerationArn(dependencies, policyEngineId, policyGenerationId),
        name,
        gatewayArn: resource.arn ?? "",
        rawText,
        status: "GENERATING",
        statusReasons: [],
        assets: [],
        createdAt: time,
        updatedAt: time,
      };
      const answer = describe(record);
      const detail = { schemaVersion: 1 as const, policyEngineId, policyGenerationId };
      const alongside = scope.alongside({
        resource: record.policyGenerationArn,
        readBy: "GetPolicyGeneration",
        after: answer,
        answer,
        events: [{ type: "PolicyGenerationRequested", detail }],
      });
      await repository.createPolicyGeneration(record, alongside);
      return answer;
    },

    async GetPolicyGeneration({ policyEngineId, policyGenerationId }) {
      return describe(await existing(policyEngineId, policyGenerationId));
    },

    async GetPolicyGenerationSummary({ policyEngineId, policyGenerationId }) {
      return summarize(await existing(policyEngineId, policyGenerationId));
    },

    async ListPolicyGenerations(input) {
      const { items, nextToken } = await listed(input);
      return { policyGenerations: items.map(describe), nextToken };
    },

    async ListPolicyGenerationSummaries(input) {
      const { items, nextToken } = await listed(input);
      return { policyGenerations: items.map(summarize), nextToken };
    },

    /** All assets are on one page: a text of 2,000 characters has few statements. */
    async ListPolicyGenerationAssets({ policyEngineId, policyGenerationId }) {
      const { assets } = await existing(policyEngineId, policyGenerationId);
      return {
        policyGenerationAssets: assets.map(({ statement, findings, ...asset }) => ({
          ...asset,
          ...(statement === undefined ? {} : { definition: { cedar: { statement } } }),
          findings: findings.map((finding) => ({ ...finding })),
        })),
      };
    },
  } satisfies Handlers;
}

/** The error for a generation that isn't there, or no longer. */
export function generationNotFound(policyEngineId: string, policyGenerationId: string): GatehouseError {
  return new GatehouseError(
    "notFound",
    `Policy engine ${policyEngineId} has no policy generation ${policyGenerationId}; they are kept for 7 days.`,
  );
}

function summarize(record: PolicyGenerationRecord): OutputOf<"GetPolicyGenerationSummary"> {
  const { statusReasons: _, ...summary } = describe(record);
  return summary;
}

function describe(record: PolicyGenerationRecord): OutputOf<"GetPolicyGeneration"> {
  const { assets, gatewayArn, rawText: _, ...rest } = record;
  return {
    ...rest,
    resource: { arn: gatewayArn },
    findings: counted(assets),
    statusReasons: [...record.statusReasons],
    createdAt: new Date(record.createdAt),
    updatedAt: new Date(record.updatedAt),
  };
}

/** The findings of all assets in one line, as in `VALID: 2, NOT_TRANSLATABLE: 1`; undefined where there are none. */
function counted(assets: PolicyGenerationRecord["assets"]): string | undefined {
  const types = assets.flatMap(({ findings }) => findings.map(({ type }) => type));
  const counts = [...Map.groupBy(types, (type) => type)].map(([type, { length }]) => `${type}: ${length}`);
  return counts.length === 0 ? undefined : counts.join(", ");
}
