import { GatehouseError } from "../../errors.ts";
import { evaluatorNotFound } from "../../storage/configRepository.evaluation.ts";
import type { Step } from "../../storage/configRepository.table.ts";
import type { EvaluatorRecord } from "../../storage/records.ts";
import { replaceUnchanged, whileOthersChange } from "../concurrency.ts";
import { defined } from "../defined.ts";
import type { ControlPlaneDependencies, Handlers } from "../handlers.ts";
import { newResourceId } from "../identifiers.ts";
import type { InputOf, OutputOf } from "../operationTypes.ts";
import type { Change, RequestScope } from "../scope.ts";
import { refuse } from "../supported.ts";
import { now, nowAfter } from "../times.ts";
import { evaluatorArn } from "./arns.ts";
import { builtinEvaluator, describeBuiltin, listBuiltins, summarizeBuiltin } from "./builtinEvaluators.ts";
import { checkEvaluator } from "./evaluatorSettings.ts";

/**
 * The operations on evaluators: those that everybody has, which can be read, and those of the account's own. An evaluator
 * is ACTIVE when the answer that creates or changes it leaves. It can't be changed while an online evaluation that is
 * ENABLED uses it: its verdicts could not be compared with each other any more.
 */
export function evaluatorHandlers(dependencies: ControlPlaneDependencies) {
  const { repository } = dependencies;

  const existing = async (evaluatorId: string): Promise<EvaluatorRecord> => {
    const record = await repository.getEvaluator(evaluatorId);
    if (record === undefined) throw evaluatorNotFound(evaluatorId);
    return record;
  };
  /** One that can be changed now. */
  const changeable = async (evaluatorId: string): Promise<EvaluatorRecord> => {
    if (builtinEvaluator(evaluatorId) !== undefined) {
      refuse("evaluatorId", `must be an evaluator of your own: ${evaluatorId} is built in, and can't be changed`);
    }
    const record = await existing(evaluatorId);
    if (record.enabledUses > 0) throw locked(record);
    return record;
  };

  return {
    async CreateEvaluator(input, scope) {
      refuseKey(input);
      checkEvaluator(input);
      const { evaluatorName, level, evaluatorConfig } = input;
      const evaluatorId = newResourceId(evaluatorName);
      const time = now();
      const record: EvaluatorRecord = {
        evaluatorId,
        evaluatorArn: evaluatorArn(dependencies, evaluatorId),
        evaluatorName,
        ...defined({ description: input.description, tags: input.tags }),
        level,
        evaluatorConfig,
        status: "ACTIVE",
        createdAt: time,
        updatedAt: time,
        version: 1,
        enabledUses: 0,
      };
      const after = describe(record);
      const answer = { ...identify(record), createdAt: after.createdAt };
      await repository.createEvaluator(record, alongside(scope, record, { after, answer }));
      return answer;
    },

    async GetEvaluator({ evaluatorId, includedData }) {
      const builtin = builtinEvaluator(evaluatorId);
      const answer = builtin === undefined ? describe(await existing(evaluatorId)) : describeBuiltin(builtin);
      return includedData === "METADATA_ONLY" ? withoutJudgement(answer) : answer;
    },

    /** What the request leaves out stays as it is. */
    async UpdateEvaluator(input, scope) {
      refuseKey(input);
      const { evaluatorId } = input;
      const read = () => changeable(evaluatorId);
      return replaceUnchanged(`Evaluator ${evaluatorId}`, read, async (previous) => {
        const { description, level, evaluatorConfig } = input;
        const next: EvaluatorRecord = {
          ...previous,
          ...defined({ description, level, evaluatorConfig }),
          updatedAt: nowAfter(previous.updatedAt),
        };
        if (level !== undefined || evaluatorConfig !== undefined) checkEvaluator(next as CheckedSettings);
        const after = describe(next);
        const answer = { ...identify(next), updatedAt: after.updatedAt };
        const change = alongside(scope, next, { before: describe(previous), after, answer });
        await repository.updateEvaluator(previous, next, { locked: "REFUSED" }, change);
        return answer;
      });
    },

    /** Those that everybody has come first. */
    async ListEvaluators({ maxResults = defaultPageSize, nextToken }) {
      const builtins = listBuiltins({ maxResults, nextToken });
      const first = builtins.items.map(summarizeBuiltin);
      if (builtins.nextToken !== undefined) return { evaluators: first, nextToken: builtins.nextToken };
      const page = { maxResults: maxResults - first.length, nextToken: builtins.rest };
      const { items, nextToken: more } = await repository.listEvaluators(page);
      return { evaluators: [...first, ...items.map(summarize)], nextToken: more };
    },

    async DeleteEvaluator({ evaluatorId }, scope) {
      return whileOthersChange(async () => {
        const record = await changeable(evaluatorId);
        const answer = { ...identify(record), status: "DELETING" as const };
        await repository.deleteEvaluator(record, alongside(scope, record, { before: describe(record), answer }));
        return answer;
      });
    },
  } satisfies Handlers;
}

/** What a stored evaluator was when it was checked: the table's types don't say that required members are there. */
type CheckedSettings = Pick<InputOf<"CreateEvaluator">, "level" | "evaluatorConfig">;

/** As many as AgentCore answers at most. */
const defaultPageSize = 100;

function refuseKey({ kmsKeyArn }: { readonly kmsKeyArn?: string | undefined }): void {
  if (kmsKeyArn !== undefined) refuse("kmsKeyArn", "can't be set: the key is the one that the deployment has");
}

function locked({ evaluatorId, enabledUses }: EvaluatorRecord): GatehouseError {
  const uses = enabledUses === 1 ? "an online evaluation that is" : `${enabledUses} online evaluations that are`;
  return new GatehouseError(
    "conflict",
    `Evaluator ${evaluatorId} is locked: ${uses} ENABLED use it. Disable them, or create another evaluator.`,
  );
}

function alongside(
  scope: RequestScope,
  { evaluatorArn }: EvaluatorRecord,
  change: Pick<Change, "before" | "after" | "answer">,
): Step[] {
  return scope.alongside({ resource: evaluatorArn, readBy: "GetEvaluator", ...change });
}

function identify({ evaluatorArn, evaluatorId, status }: EvaluatorRecord) {
  return { evaluatorArn, evaluatorId, status };
}

function describe(record: EvaluatorRecord) {
  const { version: _, enabledUses, tags: __, ...rest } = record;
  return {
    ...rest,
    evaluatorType: typeOf(rest),
    lockedForModification: enabledUses > 0,
    createdAt: new Date(rest.createdAt),
    updatedAt: new Date(rest.updatedAt),
  } satisfies OutputOf<"GetEvaluator">;
}

function typeOf({ evaluatorConfig: { codeBased, derived } }: Pick<EvaluatorRecord, "evaluatorConfig">) {
  if (derived !== undefined) return "CustomDerived";
  return codeBased === undefined ? "Custom" : "CustomCode";
}

function summarize(record: EvaluatorRecord) {
  const { evaluatorConfig: _, ...summary } = describe(record);
  return summary;
}

/** What of an evaluator is no secret of whoever has written it: neither what it is told, nor its scale. */
function withoutJudgement(answer: OutputOf<"GetEvaluator">): OutputOf<"GetEvaluator"> {
  const { llmAsAJudge } = answer.evaluatorConfig ?? {};
  if (llmAsAJudge === undefined) return answer;
  const { modelConfig } = llmAsAJudge;
  const evaluatorConfig = { llmAsAJudge: { modelConfig, instructions: undefined, ratingScale: undefined } };
  return { ...answer, evaluatorConfig };
}
