import { GatehouseError, messageOf } from "@gatehouse/core/errors.ts";
import { deleteEvaluation, putEvaluation, switchOnline } from "./evaluation/steps.ts";
import {
  changeGateway,
  createGateway,
  deleteGateway,
  deleteTarget,
  openGateway,
  putTarget,
  undeclare,
} from "./gatewaySteps.ts";
import { deleteIdentity, putIdentity } from "./identity/steps.ts";
import { deletePolicy, deletePolicyEngine, putPolicy, putPolicyEngine } from "./policyEngineSteps.ts";
import type { Run } from "./run.ts";
import { describeStep, type Step } from "./steps.ts";

/**
 * Does the steps, one after the other.
 * @param onStep told of each step when it is done.
 * @throws GatehouseError `internal` at the first step that fails: what was done, and what wasn't. Applying the same document
 *   again goes on from there.
 */
export async function execute(
  run: Run,
  steps: readonly Step[],
  onStep: (step: Step) => void = () => {},
): Promise<void> {
  for (const [index, step] of steps.entries()) {
    try {
      await perform(run, step);
    } catch (error) {
      throw interrupted(error, step, steps.slice(0, index), steps.slice(index + 1));
    }
    onStep(step);
  }
}

function perform(run: Run, { kind, name, within = "", action }: Step): Promise<void> {
  const deletes = action === "delete";
  switch (kind) {
    case "policyEngine":
      return deletes ? deletePolicyEngine(run, name) : putPolicyEngine(run, name);
    case "policy":
      return deletes ? deletePolicy(run, within, name) : putPolicy(run, within, name);
    case "target":
      return deletes ? deleteTarget(run, within, name) : putTarget(run, within, name);
    case "workloadIdentity":
    case "apiKeyCredentialProvider":
    case "oauth2CredentialProvider":
      return deletes ? deleteIdentity(run, kind, name) : putIdentity(run, kind, name);
    case "evaluator":
    case "onlineEvaluationConfig":
      if (action === "pause") return switchOnline(run, name, "DISABLED");
      if (action === "resume") return switchOnline(run, name, "ENABLED");
      return deletes ? deleteEvaluation(run, kind, name) : putEvaluation(run, kind, name);
    case "gateway":
      // Only online evaluations are paused.
      if (action === "pause" || action === "resume") throw new Error(`A gateway has no ${action}.`);
      return { create: createGateway, change: changeGateway, open: openGateway, undeclare, delete: deleteGateway }[
        action
      ](run, name);
  }
}

function interrupted(cause: unknown, failed: Step, done: readonly Step[], left: readonly Step[]): GatehouseError {
  const list = (steps: readonly Step[]) => (steps.length === 0 ? "nothing" : steps.map(describeStep).join(", "));
  const message =
    `"${describeStep(failed)}" failed: ${messageOf(cause)}\n` +
    `Done before: ${list(done)}.\nNot done: ${list([failed, ...left])}.\nRun it again to go on from there.`;
  return new GatehouseError("internal", message, { cause });
}
