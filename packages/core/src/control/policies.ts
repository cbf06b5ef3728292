import { policyNotFound } from "../storage/configRepository.policies.ts";
import type { Step } from "../storage/configRepository.table.ts";
import type { PolicyRecord } from "../storage/records.ts";
import { whileOthersChange } from "./concurrency.ts";
import { defined } from "./defined.ts";
import { existingPolicyEngine } from "./existing.ts";
import { reviewPolicy } from "./findings.ts";
import type { ControlPlaneDependencies, Handlers } from "./handlers.ts";
import { newResourceId, policyArn } from "./identifiers.ts";
import type { InputOf, OutputOf } from "./operationTypes.ts";
import { changedDescription } from "./policyEngines.ts";
import { generationNotFound } from "./policyGenerations.ts";
import type { Change, RequestScope } from "./scope.ts";
import { refuse } from "./supported.ts";
import { now, nowAfter } from "./times.ts";

/**
 * The operations on policies. What isn't Cedar is refused; what is, but doesn't fit the tools that it is about, is kept
 * as CREATE_FAILED with the reasons, has no effect, and can be mended by UpdatePolicy. Both validation modes validate
 * strictly: IGNORE_ALL_FINDINGS is about findings of meaning (a policy that allows everything), not of type. What nobody
 * could find out about a policy that is ACTIVE stands in its reasons as well.
 */
export function policyHandlers(dependencies: ControlPlaneDependencies) {
  const { repository, policies: validator } = dependencies;

  const engineOf = (policyEngineId: string) => existingPolicyEngine(repository, policyEngineId);
  const existing = async (policyEngineId: string, policyId: string): Promise<PolicyRecord> => {
    const record = await repository.getPolicy(policyEngineId, policyId);
    if (record === undefined) throw policyNotFound(policyEngineId, policyId);
    return record;
  };
  /** What a request says of a policy: the policy itself, or which one that was written from words. */
  const statementOf = async (
    policyEngineId: string,
    { cedar, policyGeneration }: InputOf<"CreatePolicy">["definition"],
  ): Promise<string> => {
    if (cedar !== undefined) return cedar.statement;
    if (policyGeneration === undefined) {
      refuse("definition", "must be cedar or policyGeneration: other definitions are not part of Gatehouse yet");
    }
    const { policyGenerationId, policyGenerationAssetId } = policyGeneration;
    const generation = await repository.getPolicyGeneration(policyEngineId, policyGenerationId);
    if (generation === undefined) throw generationNotFound(policyEngineId, policyGenerationId);
    const asset = generation.assets.find((one) => one.policyGenerationAssetId === policyGenerationAssetId);
    const place = "definition.policyGeneration.policyGenerationAssetId";
    if (asset === undefined) refuse(place, `must be one of the assets of ${policyGenerationId}`);
    if (asset.statement === undefined) refuse(place, "must be an asset that could be translated into a policy");
    return asset.statement;
  };
  /** One page of the policies that can apply to a gateway, where one is given; such a page may be short, or empty. */
  const listed = async ({ policyEngineId, targetResourceScope: scope, ...page }: InputOf<"ListPolicies">) => {
    await engineOf(policyEngineId);
    const { items, nextToken } = await repository.listPolicies(policyEngineId, page);
    const applies = ({ statement }: PolicyRecord) => {
      const { resourceArn } = validator.parsePolicy(statement);
      return scope === undefined || resourceArn === undefined || resourceArn === scope;
    };
    return { items: items.filter(applies), nextToken };
  };

  return {
    async CreatePolicy(input, scope) {
      const { policyEngineId, name } = input;
      const statement = await statementOf(policyEngineId, input.definition);
      validator.parsePolicy(statement);
      return whileOthersChange(async () => {
        const engine = await engineOf(policyEngineId);
        const policyId = newResourceId(name);
        const { reasons, notes } = await reviewPolicy(
          dependencies,
          engine,
          { policyId, statement },
          input.validationMode,
        );
        const time = now();
        const record: PolicyRecord = {
          policyEngineId,
          policyId,
          policyArn: policyArn(dependencies, policyEngineId, policyId),
          name,
          ...defined({ description: input.description }),
          statement,
          status: reasons.length === 0 ? "ACTIVE" : "CREATE_FAILED",
          statusReasons: [...reasons, ...notes],
          ...(input.enforcementMode === "LOG_ONLY" ? { enforcementMode: "LOG_ONLY" } : {}),
          createdAt: time,
          updatedAt: time,
        };
        const answer = describe(record);
        await repository.createPolicy(engine, record, alongside(scope, record, { after: answer, answer }));
        return answer;
      });
    },

    async GetPolicy({ policyEngineId, policyId }) {
      return describe(await existing(policyEngineId, policyId));
    },

    /**
     * Changes a policy. A new statement that has findings is refused, so that the one in force stays in force. Without a
     * new statement, a policy that had failed is checked again: its gateway may be there by now. One that is in force can
     * always be taken out of it.
     */
    async UpdatePolicy(input, scope) {
      const { policyEngineId, policyId, definition } = input;
      const given = definition && (await statementOf(policyEngineId, definition));
      if (given !== undefined) validator.parsePolicy(given);
      return whileOthersChange(async () => {
        const engine = await engineOf(policyEngineId);
        const previous = await existing(policyEngineId, policyId);
        const statement = given ?? previous.statement;
        const enforcementMode = input.enforcementMode ?? previous.enforcementMode ?? "ACTIVE";
        const sameMode = enforcementMode === (previous.enforcementMode ?? "ACTIVE");
        const addsNoForce = sameMode || enforcementMode === "LOG_ONLY";
        const needsNoReview = given === undefined && addsNoForce && previous.status === "ACTIVE";
        const { reasons, notes } = needsNoReview
          ? { reasons: [], notes: previous.statusReasons }
          : await reviewPolicy(dependencies, engine, { policyId, statement }, input.validationMode);
        if ((given !== undefined || !sameMode) && reasons.length > 0) {
          const place = given === undefined ? "enforcementMode" : "definition";
          refuse(place, `is not valid and nothing was changed: ${reasons.map(withoutStop).join("; ")}`);
        }
        const { description, enforcementMode: _, ...rest } = previous;
        const next: PolicyRecord = {
          ...rest,
          ...defined({ description: changedDescription(description, input.description) }),
          statement,
          status: reasons.length === 0 ? "ACTIVE" : previous.status,
          statusReasons: [...reasons, ...notes],
          ...(enforcementMode === "LOG_ONLY" ? { enforcementMode } : {}),
          updatedAt: nowAfter(previous.updatedAt),
        };
        const answer = describe(next);
        const change = alongside(scope, next, { before: describe(previous), after: answer, answer });
        await repository.updatePolicy(engine, previous, next, change);
        return answer;
      });
    },

    async ListPolicies(input) {
      const { items, nextToken } = await listed(input);
      return { policies: items.map(describe), nextToken };
    },

    async GetPolicySummary({ policyEngineId, policyId }) {
      return summarize(await existing(policyEngineId, policyId));
    },

    async ListPolicySummaries(input) {
      const { items, nextToken } = await listed(input);
      return { policies: items.map(summarize), nextToken };
    },

    async DeletePolicy({ policyEngineId, policyId }, scope) {
      return whileOthersChange(async () => {
        const engine = await engineOf(policyEngineId);
        const record = await existing(policyEngineId, policyId);
        const before = describe(record);
        const answer = { ...before, status: "DELETING" as const };
        await repository.deletePolicy(engine, record, alongside(scope, record, { before, answer }));
        return answer;
      });
    },
  } satisfies Handlers;
}

/** A reason as a part of a sentence that has its own. */
function withoutStop(reason: string): string {
  return reason.replace(/\.$/, "");
}

function alongside(
  scope: RequestScope,
  { policyArn }: PolicyRecord,
  change: Pick<Change, "before" | "after" | "answer">,
): Step[] {
  return scope.alongside({ resource: policyArn, readBy: "GetPolicy", ...change });
}

/** What may be seen without what people wrote: no statement, no description, no reasons. */
function summarize(record: PolicyRecord): OutputOf<"GetPolicySummary"> {
  const { definition: _, description: __, statusReasons: ___, ...summary } = describe(record);
  return summary;
}

function describe({ statement, enforcementMode = "ACTIVE", ...record }: PolicyRecord): OutputOf<"GetPolicy"> {
  return {
    ...record,
    definition: { cedar: { statement } },
    enforcementMode,
    statusReasons: [...record.statusReasons],
    createdAt: new Date(record.createdAt),
    updatedAt: new Date(record.updatedAt),
  };
}
