import {
  ConflictException,
  DeleteEvaluatorCommand,
  DeleteOnlineEvaluationConfigCommand,
  GetEvaluatorCommand,
  GetOnlineEvaluationConfigCommand,
  ResourceNotFoundException,
  TagResourceCommand,
  UpdateEvaluatorCommand,
  type UpdateEvaluatorCommandInput,
  UpdateOnlineEvaluationConfigCommand,
  type UpdateOnlineEvaluationConfigCommandInput,
} from "@aws-sdk/client-bedrock-agentcore-control";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestControlPlane, type TestControlPlane } from "../testing.ts";
import { evaluationOf, judged } from "./testing.ts";

let plane: TestControlPlane;
let made: ReturnType<typeof evaluationOf>;
beforeAll(async () => {
  plane = await startTestControlPlane();
  made = evaluationOf(plane);
});
afterAll(() => plane.stop());

const change = (evaluatorId: string, changes: Partial<UpdateEvaluatorCommandInput> = { description: "Changed." }) =>
  plane.client.send(new UpdateEvaluatorCommand({ evaluatorId, ...changes }));
const deleteEvaluator = (evaluatorId: string) => plane.client.send(new DeleteEvaluatorCommand({ evaluatorId }));
const update = (
  { onlineEvaluationConfigId }: { readonly onlineEvaluationConfigId: string },
  changes: Partial<UpdateOnlineEvaluationConfigCommandInput>,
) => plane.client.send(new UpdateOnlineEvaluationConfigCommand({ onlineEvaluationConfigId, ...changes }));
const remove = ({ onlineEvaluationConfigId }: { readonly onlineEvaluationConfigId: string }) =>
  plane.client.send(new DeleteOnlineEvaluationConfigCommand({ onlineEvaluationConfigId }));
const enable = { executionStatus: "ENABLED" } as const;
const disable = { executionStatus: "DISABLED" } as const;
const using = (...ids: string[]) => ({ evaluators: ids.map((evaluatorId) => ({ evaluatorId })) });

test("an evaluator is locked as long as something that is enabled uses it, and no longer", async () => {
  const { evaluatorId } = await made.evaluator();
  const [one, other] = [await made.online([evaluatorId]), await made.online([evaluatorId, "Builtin.Refusal"])];
  expect(await made.locked(evaluatorId)).toBe(false);
  await change(evaluatorId);

  await update(one, enable);
  await update(other, enable);
  await update(other, enable);
  expect(await made.locked(evaluatorId)).toBe(true);
  await expect(change(evaluatorId)).rejects.toThrow(/2 online evaluations that are ENABLED use it/);
  await expect(change(evaluatorId)).rejects.toThrow(ConflictException);
  await expect(deleteEvaluator(evaluatorId)).rejects.toThrow(ConflictException);

  await update(one, disable);
  expect(await made.locked(evaluatorId)).toBe(true);
  await remove(other);
  expect(await made.locked(evaluatorId)).toBe(false);
  await change(evaluatorId);
  await deleteEvaluator(evaluatorId);
});

test("a change of what an enabled one evaluates by locks and unlocks", async () => {
  const [first, second, third] = await Promise.all([made.evaluator(), made.evaluator(), made.evaluator()]);
  const config = await made.online([first.evaluatorId, second.evaluatorId], { enableOnCreate: true });
  const locks = () => Promise.all([first, second, third].map(({ evaluatorId }) => made.locked(evaluatorId)));
  expect(await locks()).toEqual([true, true, false]);
  await update(config, using(second.evaluatorId, third.evaluatorId));
  expect(await locks()).toEqual([false, true, true]);
  await update(config, { ...disable, ...using(first.evaluatorId) });
  expect(await locks()).toEqual([false, false, false]);
  await update(config, enable);
  expect(await locks()).toEqual([true, false, false]);
});

test("tags of what is locked can be changed: they say nothing of how it evaluates", async () => {
  const { evaluatorId, evaluatorArn } = await made.evaluator();
  const config = await made.online([evaluatorId], { enableOnCreate: true });
  await plane.client.send(new TagResourceCommand({ resourceArn: evaluatorArn, tags: { team: "claims" } }));
  const resourceArn = config.onlineEvaluationConfigArn;
  await plane.client.send(new TagResourceCommand({ resourceArn, tags: { team: "claims" } }));
  expect(await made.locked(evaluatorId)).toBe(true);
  await update(config, disable);
  expect(await made.locked(evaluatorId)).toBe(false);
});

/** Two requests at the same moment; which of them did what it was asked for. */
async function race(...requests: Promise<unknown>[]): Promise<boolean[]> {
  const outcomes = await Promise.allSettled(requests);
  for (const outcome of outcomes) {
    if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ $fault: "client" });
  }
  return outcomes.map(({ status }) => status === "fulfilled");
}

test("whoever deletes an evaluator while somebody enables what uses it: one of them is refused", async () => {
  for (let round = 0; round < 8; round++) {
    const { evaluatorId } = await made.evaluator();
    const config = await made.online([evaluatorId]);
    const [enabled, deleted] = await race(update(config, enable), deleteEvaluator(evaluatorId));
    expect([enabled, deleted].filter(Boolean)).toHaveLength(1);
    const get = plane.client.send(new GetEvaluatorCommand({ evaluatorId }));
    if (enabled) expect(await get).toMatchObject({ lockedForModification: true });
    else await expect(get).rejects.toThrow(ResourceNotFoundException);
  }
});

test("what was fit for an online evaluation when it was checked is so when it is enabled", async () => {
  for (let round = 0; round < 8; round++) {
    const { evaluatorId } = await made.evaluator();
    const config = await made.online([evaluatorId]);
    const unfit = { evaluatorConfig: judged("{assistant_turn} {expected_response}") };
    const [enabled, changed] = await race(update(config, enable), change(evaluatorId, unfit));
    expect([enabled, changed].filter(Boolean)).toHaveLength(1);
    const { evaluatorConfig } = await plane.client.send(new GetEvaluatorCommand({ evaluatorId }));
    expect(evaluatorConfig?.llmAsAJudge?.instructions?.includes("expected_response")).toBe(!enabled);
  }
});

test("many that are enabled, changed and deleted at once leave as many locks as there are uses", {
  timeout: 60_000,
}, async () => {
  const step = fc.record({ config: fc.nat(2), does: fc.constantFrom("enable", "disable", "swap", "delete") });
  const property = fc.asyncProperty(
    fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { maxLength: 5 }),
    async (rounds) => {
      const evaluators = await Promise.all([made.evaluator(), made.evaluator()]);
      const [one, other] = evaluators.map(({ evaluatorId }) => evaluatorId);
      const configs = await Promise.all([
        made.online([one ?? ""]),
        made.online([one ?? "", other ?? ""]),
        made.online([other ?? ""], { enableOnCreate: true }),
      ]);
      for (const round of rounds) {
        await race(
          ...round.map(({ config, does }) => {
            const found = configs[config];
            if (found === undefined) throw new Error("There is no such config.");
            if (does === "delete") return remove(found);
            return update(found, does === "swap" ? using(other ?? "") : does === "enable" ? enable : disable);
          }),
        );
      }
      const left = await Promise.all(
        configs.map(({ onlineEvaluationConfigId }) =>
          plane.client
            .send(new GetOnlineEvaluationConfigCommand({ onlineEvaluationConfigId }))
            .catch(() => ({ executionStatus: "GONE", evaluators: [] })),
        ),
      );
      const uses = (id: string) =>
        left.filter(
          ({ executionStatus, evaluators }) =>
            executionStatus === "ENABLED" && evaluators?.some(({ evaluatorId }) => evaluatorId === id),
        ).length;
      for (const { evaluatorId } of evaluators) {
        expect((await plane.repository.getEvaluator(evaluatorId))?.enabledUses).toBe(uses(evaluatorId));
      }
    },
  );
  await fc.assert(property, { numRuns: 8 });
});
