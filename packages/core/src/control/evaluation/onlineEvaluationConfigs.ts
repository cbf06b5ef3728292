import { onlineEvaluationConfigNotFound } from "../../storage/configRepository.evaluation.ts";
import type { Step } from "../../storage/configRepository.table.ts";
import type { OnlineEvaluationConfigRecord } from "../../storage/records.ts";
import { replaceUnchanged, whileOthersChange } from "../concurrency.ts";
import { defined } from "../defined.ts";
import type { ControlPlaneDependencies, Handlers } from "../handlers.ts";
import { newResourceId } from "../identifiers.ts";
import type { OutputOf } from "../operationTypes.ts";
import type { Change, RequestScope } from "../scope.ts";
import { refuse } from "../supported.ts";
import { now, nowAfter } from "../times.ts";
import { onlineEvaluationConfigArn } from "./arns.ts";
import { checkOnlineEvaluation, ruleWithDefaults } from "./onlineEvaluationSettings.ts";
import { checkOnlineEvaluators } from "./onlineEvaluators.ts";

/**
 * The operations on online evaluations. One is ACTIVE when the answer that creates or changes it leaves. While it is
 * ENABLED, the account's own evaluators that it uses are locked: enabling, disabling and deleting change the locks in the
 * same transaction, and what was checked of an evaluator is checked again where the evaluator changes meanwhile.
 */
export function onlineEvaluationConfigHandlers(dependencies: ControlPlaneDependencies) {
  const { repository } = dependencies;

  const existing = async (configId: string): Promise<OnlineEvaluationConfigRecord> => {
    const record = await repository.getOnlineEvaluationConfig(configId);
    if (record === undefined) throw onlineEvaluationConfigNotFound(configId);
    return record;
  };

  return {
    async CreateOnlineEvaluationConfig(input, scope) {
      checkOnlineEvaluation(input);
      const { onlineEvaluationConfigName, evaluators, enableOnCreate } = input;
      if (evaluators === undefined) refuse("evaluators", "is required");
      const onlineEvaluationConfigId = newResourceId(onlineEvaluationConfigName);
      const time = now();
      const record: OnlineEvaluationConfigRecord = {
        onlineEvaluationConfigId,
        onlineEvaluationConfigArn: onlineEvaluationConfigArn(dependencies, onlineEvaluationConfigId),
        onlineEvaluationConfigName,
        ...defined({ description: input.description, tags: input.tags }),
        rule: ruleWithDefaults(input.rule),
        dataSourceConfig: input.dataSourceConfig,
        evaluators,
        evaluationExecutionRoleArn: input.evaluationExecutionRoleArn,
        ...(enableOnCreate ? { executionStatus: "ENABLED", enabledAt: time } : { executionStatus: "DISABLED" }),
        status: "ACTIVE",
        createdAt: time,
        updatedAt: time,
        version: 1,
      };
      const after = describe(record);
      const answer = { ...identify(record), createdAt: after.createdAt };
      return whileOthersChange(async () => {
        const checked = await checkOnlineEvaluators(repository, evaluators);
        const change = alongside(scope, record, { after, answer });
        await repository.createOnlineEvaluationConfig(record, checked, change);
        return answer;
      });
    },

    async GetOnlineEvaluationConfig({ onlineEvaluationConfigId }) {
      return describe(await existing(onlineEvaluationConfigId));
    },

    /** What the request leaves out stays as it is. */
    async UpdateOnlineEvaluationConfig(input, scope) {
      checkOnlineEvaluation(input);
      const { onlineEvaluationConfigId: id, rule, evaluators } = input;
      const { description, dataSourceConfig, evaluationExecutionRoleArn, executionStatus } = input;
      const read = () => existing(id);
      return replaceUnchanged(`Online evaluation config ${id}`, read, async (previous) => {
        const { enabledAt, ...rest } = previous;
        const updatedAt = nowAfter(previous.updatedAt);
        const enabled = (executionStatus ?? previous.executionStatus) === "ENABLED";
        const next: OnlineEvaluationConfigRecord = {
          ...rest,
          ...defined({ description, dataSourceConfig, evaluators, evaluationExecutionRoleArn, executionStatus }),
          ...(rule === undefined ? {} : { rule: ruleWithDefaults(rule) }),
          ...(enabled ? { enabledAt: enabledAt ?? updatedAt } : {}),
          updatedAt,
        };
        // One that is DISABLED may name evaluators that were changed or deleted since; it can't be enabled then.
        const matters = evaluators !== undefined || enabled;
        const checked = matters ? await checkOnlineEvaluators(repository, next.evaluators) : [];
        const after = describe(next);
        const answer = { ...identify(next), updatedAt: after.updatedAt };
        const change = alongside(scope, next, { before: describe(previous), after, answer });
        await repository.updateOnlineEvaluationConfig(previous, next, checked, change);
        return answer;
      });
    },

    async ListOnlineEvaluationConfigs(page) {
      const { items, nextToken } = await repository.listOnlineEvaluationConfigs(page);
      return { onlineEvaluationConfigs: items.map(summarize), nextToken };
    },

    async DeleteOnlineEvaluationConfig({ onlineEvaluationConfigId }, scope) {
      return whileOthersChange(async () => {
        const record = await existing(onlineEvaluationConfigId);
        const { executionStatus: _, ...identity } = identify(record);
        const answer = { ...identity, status: "DELETING" as const };
        const change = alongside(scope, record, { before: describe(record), answer });
        await repository.deleteOnlineEvaluationConfig(record, change);
        return answer;
      });
    },
  } satisfies Handlers;
}

function alongside(
  scope: RequestScope,
  { onlineEvaluationConfigArn }: OnlineEvaluationConfigRecord,
  change: Pick<Change, "before" | "after" | "answer">,
): Step[] {
  return scope.alongside({ resource: onlineEvaluationConfigArn, readBy: "GetOnlineEvaluationConfig", ...change });
}

function identify(record: OnlineEvaluationConfigRecord) {
  const { onlineEvaluationConfigArn, onlineEvaluationConfigId, status, executionStatus } = record;
  return { onlineEvaluationConfigArn, onlineEvaluationConfigId, status, executionStatus };
}

function describe({ version: _, tags: __, enabledAt: ___, ...record }: OnlineEvaluationConfigRecord) {
  return {
    ...record,
    evaluators: [...record.evaluators],
    createdAt: new Date(record.createdAt),
    updatedAt: new Date(record.updatedAt),
  } satisfies OutputOf<"GetOnlineEvaluationConfig">;
}

function summarize(record: OnlineEvaluationConfigRecord) {
  const {
    rule: _,
    dataSourceConfig: __,
    evaluators: ___,
    evaluationExecutionRoleArn: ____,
    ...rest
  } = describe(record);
  return rest;
}
