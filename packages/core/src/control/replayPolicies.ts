import { GatehouseError, messageOf } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import { recordedCallsOf } from "../policy/replay/decisions.ts";
import { replay } from "../policy/replay/replay.ts";
import type { ConfigRepository } from "../storage/configRepository.ts";
import type { LedgerRepository } from "../storage/ledgerRepository.ts";
import type { PolicyReplayRecord } from "../storage/records.ts";
import { idOfArn } from "./identifiers.ts";
import { proposedPolicies, withChanges } from "./own/policyChanges.ts";
import { nowAfter } from "./times.ts";

/**
 * Replays what StartPolicyReplay has asked for. Doing it twice changes nothing: the first result stays.
 * @param options.signal ends the replay as REPLAY_FAILED, with its reason, before the function's time is up.
 * @throws what the storage throws: the queue brings the request again.
 */
export async function replayPolicies(options: {
  readonly gatewayId: string;
  readonly policyReplayId: string;
  readonly repository: ConfigRepository;
  readonly ledger: Pick<LedgerRepository, "decisions">;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { gatewayId, policyReplayId, repository } = options;
  const asked = await repository.getPolicyReplay(gatewayId, policyReplayId);
  if (asked?.status !== "REPLAYING") return;
  const outcome = await run(asked, options).catch((error: unknown): Outcome => {
    if (error instanceof GatehouseError || options.signal.aborted) return failed(messageOf(error));
    throw error;
  });
  await repository.finishPolicyReplay({ ...asked, ...outcome, updatedAt: nowAfter(asked.updatedAt) });
}

type Outcome = Pick<PolicyReplayRecord, "status" | "statusReasons" | "report">;

async function run(
  asked: PolicyReplayRecord,
  { repository, ledger, signal }: Parameters<typeof replayPolicies>[0],
): Promise<Outcome> {
  const { gatewayId, policyEngineArn, against, policies: candidates, changes, from, until } = asked;
  const configuration = await repository.loadGateway(gatewayId);
  const engine = await repository.loadPolicyEngine(idOfArn(policyEngineArn));
  if (configuration === undefined) return failed(`The gateway ${gatewayId} is gone.`);
  if (engine === undefined) return failed(`The policy engine ${policyEngineArn} is gone.`);
  const { policies } = engine;
  const report = await replay({
    calls: recordedCallsOf(ledger.decisions({ gatewayId, from: new Date(from), to: new Date(until), signal })),
    configuration,
    candidate: candidates === undefined ? withChanges(policies, changes) : proposedPolicies(candidates),
    ...(against === "CURRENT" ? { baseline: policies } : {}),
    signal,
  });
  // A report is made of numbers, texts, lists and objects.
  return { status: "REPLAYED", statusReasons: [], report: report as unknown as JsonObject };
}

function failed(reason: string): Outcome {
  return { status: "REPLAY_FAILED", statusReasons: [reason] };
}
