import { policyEngineNotFound } from "../storage/configRepository.policyEngines.ts";
import type { PolicyEngineRecord } from "../storage/records.ts";
import { requireUnchanged, whileOthersChange } from "./concurrency.ts";
import { defined } from "./defined.ts";
import type { ControlPlaneDependencies, Handlers, OutputOf } from "./handlers.ts";
import { newResourceId, policyEngineArn } from "./identifiers.ts";
import { refuseMembers } from "./supported.ts";
import { now, nowAfter } from "./times.ts";

/** The operations on policy engines. An engine is ACTIVE when the answer that creates or changes it leaves. */
export function policyEngineHandlers(dependencies: ControlPlaneDependencies) {
  const { repository } = dependencies;

  const existing = async (policyEngineId: string): Promise<PolicyEngineRecord> => {
    const record = await repository.getPolicyEngine(policyEngineId);
    if (record === undefined) throw policyEngineNotFound(policyEngineId);
    return record;
  };

  return {
    async CreatePolicyEngine(input) {
      refuseMembers(input, "", "encryptionKeyArn", "tags");
      const policyEngineId = newResourceId(input.name);
      const time = now();
      const record: PolicyEngineRecord = {
        policyEngineId,
        policyEngineArn: policyEngineArn(dependencies, policyEngineId),
        name: input.name,
        ...defined({ description: input.description }),
        status: "ACTIVE",
        statusReasons: [],
        createdAt: time,
        updatedAt: time,
        version: 1,
      };
      await repository.createPolicyEngine(record);
      return describe(record);
    },

    async GetPolicyEngine({ policyEngineId }) {
      return describe(await existing(policyEngineId));
    },

    async UpdatePolicyEngine({ policyEngineId, description }) {
      const first = await existing(policyEngineId);
      return whileOthersChange(async () => {
        const previous = await existing(policyEngineId);
        requireUnchanged(`Policy engine ${policyEngineId}`, first, previous);
        const { description: before, ...rest } = previous;
        const next = {
          ...rest,
          ...defined({ description: changedDescription(before, description) }),
          updatedAt: nowAfter(previous.updatedAt),
        };
        return describe(await repository.updatePolicyEngine(previous, next));
      });
    },

    async ListPolicyEngines(page) {
      const { items, nextToken } = await repository.listPolicyEngines(page);
      return { policyEngines: items.map(describe), nextToken };
    },

    async DeletePolicyEngine({ policyEngineId }) {
      const record = await existing(policyEngineId);
      await repository.deletePolicyEngine(record);
      return { ...describe(record), status: "DELETING" };
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

function describe({ version: _, ...record }: PolicyEngineRecord): OutputOf<"GetPolicyEngine"> {
  return {
    ...record,
    statusReasons: [...record.statusReasons],
    createdAt: new Date(record.createdAt),
    updatedAt: new Date(record.updatedAt),
  };
}
