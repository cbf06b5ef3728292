import { GatehouseError } from "../../errors.ts";
import type { GatewayRecord, PolicyReplayRecord } from "../../storage/records.ts";
import type { Administrator } from "../administrator.ts";
import { existingGateway } from "../existing.ts";
import type { ControlPlaneDependencies, HandlersOf } from "../handlers.ts";
import { newResourceId, policyEngineIdOfArn } from "../identifiers.ts";
import { refuse } from "../supported.ts";
import { now } from "../times.ts";
import { readCandidates, readChanges } from "./policyChanges.ts";
import type { PolicyReplay } from "./policyTypes.ts";

type Replays = "StartPolicyReplay" | "GetPolicyReplay" | "ListPolicyReplays";

/**
 * The operations on replays: a gateway's recorded calls, tried against its engine's policies as they are or as they would
 * be. What is asked for is stored together with the event that sets it going, and clients poll.
 */
export function policyReplayHandlers(dependencies: ControlPlaneDependencies): HandlersOf<Replays> {
  const { repository, policies: validator, administration } = dependencies;

  const gatewayOf = (gatewayId: string) => existingGateway(repository, gatewayId);
  /**
   * The engine whose policies are tried: the one that is named, or else the gateway's own. What another's policies decide
   * is for those who may see them: the right to replay a gateway's calls isn't enough.
   */
  const candidateOf = async (
    { policyEngineConfiguration }: GatewayRecord,
    named: string | undefined,
    administrator: Administrator,
  ) => {
    const own = policyEngineConfiguration?.arn;
    const arn = named ?? own;
    if (arn === undefined) refuse("policyEngineArn", "is required, because the gateway has no policy engine");
    const id = policyEngineIdOfArn(dependencies, arn);
    if (id !== undefined && arn !== own) {
      await administration.authorize(administrator, "ListPolicies", { policyEngineId: id });
    }
    const loaded = id === undefined ? undefined : await repository.loadPolicyEngine(id);
    if (loaded === undefined) {
      refuse("policyEngineArn", `must be the ARN of a policy engine that exists: there is none ${arn}`);
    }
    return loaded;
  };

  return {
    async StartPolicyReplay(input, scope) {
      const { gatewayIdentifier, from, until, against = "RECORDED" } = input;
      if (from >= until) refuse("until", "must be later than from");
      const gateway = await gatewayOf(gatewayIdentifier);
      if (input.policies !== undefined && input.changes !== undefined) {
        refuse("changes", "can't be given beside policies, which are a whole set");
      }
      const { engine, policies } = await candidateOf(gateway, input.policyEngineArn, scope.administrator);
      const policyReplayId = newResourceId("replay");
      const time = now();
      const record: PolicyReplayRecord = {
        gatewayId: gatewayIdentifier,
        gatewayArn: gateway.gatewayArn,
        policyReplayId,
        policyEngineArn: engine.policyEngineArn,
        against,
        ...(input.policies === undefined ? {} : { policies: readCandidates(input.policies, validator) }),
        changes: readChanges(input.changes, policies, validator),
        from: from.toISOString(),
        until: until.toISOString(),
        status: "REPLAYING",
        statusReasons: [],
        createdAt: time,
        updatedAt: time,
      };
      const answer = describe(record);
      const alongside = scope.alongside({
        resource: `${gateway.gatewayArn}/policy-replay/${policyReplayId}`,
        after: answer,
        answer,
        events: [
          {
            type: "PolicyReplayRequested",
            detail: { schemaVersion: 1, gatewayId: gatewayIdentifier, policyReplayId },
          },
        ],
      });
      await repository.createPolicyReplay(record, alongside);
      return answer;
    },

    async GetPolicyReplay({ gatewayIdentifier, policyReplayId }) {
      await gatewayOf(gatewayIdentifier);
      const record = await repository.getPolicyReplay(gatewayIdentifier, policyReplayId);
      if (record === undefined) {
        const message = `Gateway ${gatewayIdentifier} has no policy replay ${policyReplayId}; they are kept for 7 days.`;
        throw new GatehouseError("notFound", message);
      }
      return { ...describe(record), ...(record.report === undefined ? {} : { report: record.report }) };
    },

    async ListPolicyReplays({ gatewayIdentifier, ...page }) {
      await gatewayOf(gatewayIdentifier);
      const { items, nextToken } = await repository.listPolicyReplays(gatewayIdentifier, page);
      return { policyReplays: items.map(describe), ...(nextToken === undefined ? {} : { nextToken }) };
    },
  };
}

function describe(record: PolicyReplayRecord): PolicyReplay {
  const { gatewayId: _, policies: __, changes: ___, report: ____, ...rest } = record;
  return {
    ...rest,
    from: new Date(record.from),
    until: new Date(record.until),
    createdAt: new Date(record.createdAt),
    updatedAt: new Date(record.updatedAt),
  };
}
