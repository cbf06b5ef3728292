import type { Step } from "../storage/configRepository.table.ts";
import type { PolicyEngineRecord } from "../storage/records.ts";
import { replaceUnchanged, whileOthersChange } from "./concurrency.ts";
import { defined } from "./defined.ts";
import { existingPolicyEngine } from "./existing.ts";
import type { ControlPlaneDependencies, Handlers } from "./handlers.ts";
import { newResourceId, policyEngineArn } from "./identifiers.ts";
import type { OutputOf } from "./operationTypes.ts";
import type { Change, RequestScope } from "./scope.ts";
import { refuseMembers } from "./supported.ts";
import { now, nowAfter } from "./times.ts";

/** The operations on policy engines. An engine is ACTIVE when the answer that creates or changes it leaves. */
export function policyEngineHandlers(dependencies: ControlPlaneDependencies) {
  const { repository } = dependencies;

  const existing = (policyEngineId: string) => existingPolicyEngine(repository, policyEngineId);

  return {
    async CreatePolicyEngine(input, scope) {
      refuseMembers(input, "", "encryptionKeyArn");
      const policyEngineId = newResourceId(input.name);
      const time = now();
      const record: PolicyEngineRecord = {
        policyEngineId,
        policyEngineArn: policyEngineArn(dependencies, policyEngineId),
        name: input.name,
        ...defined({ description: input.description, tags: input.tags }),
        status: "ACTIVE",
        statusReasons: [],
        createdAt: time,
        updatedAt: time,
        version: 1,
      };
      const answer = describe(record);
      await repository.createPolicyEngine(record, alongside(scope, record, { after: answer, answer }));
      return answer;
    },

    async GetPolicyEngine({ policyEngineId }) {
      return describe(await existing(policyEngineId));
    },

    async UpdatePolicyEngine({ policyEngineId, description }, scope) {
      const read = () => existing(policyEngineId);
      return replaceUnchanged(`Policy engine ${policyEngineId}`, read, async (previous) => {
        const { description: before, ...rest } = previous;
        const next = {
          ...rest,
          ...defined({ description: changedDescription(before, description) }),
          updatedAt: nowAfter(previous.updatedAt),
        };
        const answer = describe(next);
        const change = alongside(scope, next, { before: describe(previous), after: answer, answer });
        await repository.updatePolicyEngine(previous, next, change);
        return answer;
      });
    },

    async ListPolicyEngines(page) {
      const { items, nextToken } = await repository.listPolicyEngines(page);
      return { policyEngines: items.map(describe), nextToken };
    },

    async GetPolicyEngineSummary({ policyEngineId }) {
      return summarize(await existing(policyEngineId));
    },

    async ListPolicyEngineSummaries(page) {
      const { items, nextToken } = await repository.listPolicyEngines(page);
      return { policyEngines: items.map(summarize), nextToken };
    },

    async DeletePolicyEngine({ policyEngineId }, scope) {
      return whileOthersChange(async () => {
        const record = await existing(policyEngineId);
        const before = describe(record);
        const answer = { ...before, status: "DELETING" as const };
        await repository.deletePolicyEngine(record, alongside(scope, record, { before, answer }));
        return answer;
      });
    },
  } satisfies Handlers;
}

/** A patch leaves the description, replaces it, or takes it away where its `optionalValue` is absent. */
export function changedDescription(
  before: string | undefined,
  change: { readonly optionalValue?: string | undefined } | undefined,
): string | undefined {
  return change === undefined ? before : change.optionalValue;
}

function alongside(
  scope: RequestScope,
  { policyEngineArn }: PolicyEngineRecord,
  change: Pick<Change, "before" | "after" | "answer">,
): Step[] {
  return scope.alongside({ resource: policyEngineArn, readBy: "GetPolicyEngine", ...change });
}

/** What may be seen without what people wrote: no description, no reasons. */
function summarize(record: PolicyEngineRecord): OutputOf<"GetPolicyEngineSummary"> {
  const { description: _, statusReasons: __, ...summary } = describe(record);
  return summary;
}

function describe({ version: _, tags: __, ...record }: PolicyEngineRecord): OutputOf<"GetPolicyEngine"> {
  return {
    ...record,
    statusReasons: [...record.statusReasons],
    createdAt: new Date(record.createdAt),
    updatedAt: new Date(record.updatedAt),
  };
}
