import type { TargetSummary } from "@aws-sdk/client-bedrock-agentcore-control";
import type { GatehouseEvent } from "../observability/events.ts";
import type { Step } from "../storage/configRepository.table.ts";
import { targetNotFound } from "../storage/configRepository.targets.ts";
import type { TargetRecord } from "../storage/records.ts";
import { replaceUnchanged, whileOthersChange } from "./concurrency.ts";
import { defined } from "./defined.ts";
import { existingGateway } from "./existing.ts";
import type { ControlPlaneDependencies, Handlers } from "./handlers.ts";
import { newTargetId } from "./identifiers.ts";
import type { OutputOf } from "./operationTypes.ts";
import type { Change, RequestScope } from "./scope.ts";
import { refuse } from "./supported.ts";
import type { Contents } from "./targetConfigurations/kind.ts";
import { describeConfiguration, hasInlineTools, kindNameOf, readTarget, targetTypeOf } from "./targetConfigurations.ts";
import { now, nowAfter } from "./times.ts";

/**
 * The operations on targets. A target whose tools are in the request is READY when the answer leaves; one whose tools are
 * to be read from elsewhere becomes READY by the synchronisation that the answer has set going.
 */
export function targetHandlers({ repository, allowLoopback, keyring }: ControlPlaneDependencies) {
  const gatewayOf = (gatewayId: string) => existingGateway(repository, gatewayId);
  const existing = async (gatewayId: string, targetId: string): Promise<TargetRecord> => {
    const target = await repository.getTarget(gatewayId, targetId);
    if (target === undefined) throw targetNotFound(gatewayId, targetId);
    return target;
  };
  const contentsOf = async (target: TargetRecord): Promise<Contents> => ({
    tools: await repository.getTools(target.gatewayId, target.targetId),
    schema: await repository.getSchema(target),
  });

  return {
    async CreateGatewayTarget(input, scope) {
      const { gatewayArn } = await gatewayOf(input.gatewayIdentifier);
      const { inline, schema, ...settings } = readTarget(input, allowLoopback);
      // Gateways seal what targets want back with it, and may not make it.
      await keyring.prepare();
      const time = now();
      const ids = { gatewayId: input.gatewayIdentifier, targetId: newTargetId() };
      return repository.withSchema(ids, schema, async (kept) => {
        const record: TargetRecord = {
          ...ids,
          ...settings,
          ...stateOf(inline, "CREATING", time),
          createdAt: time,
          updatedAt: time,
          ...kept,
        };
        const answer = describe(gatewayArn, record, { tools: inline?.tools, schema });
        const events = inline === undefined ? [synchronizationOf(record)] : [];
        const change = alongside(scope, answer, { after: answer, answer, events });
        await repository.createTarget(record, inline?.tools, change);
        return answer;
      });
    },

    async GetGatewayTarget({ gatewayIdentifier, targetId }) {
      const { gatewayArn } = await gatewayOf(gatewayIdentifier);
      const record = await existing(gatewayIdentifier, targetId);
      return describe(gatewayArn, record, await contentsOf(record));
    },

    /**
     * Replaces every setting. Until new tools are read, calls see those of before; a target of another kind starts
     * without any, because those of before are not its own.
     */
    async UpdateGatewayTarget(input, scope) {
      const { gatewayArn } = await gatewayOf(input.gatewayIdentifier);
      const { inline, schema, ...settings } = readTarget(input, allowLoopback);
      const ids = { gatewayId: input.gatewayIdentifier, targetId: input.targetId };
      const read = () => existing(ids.gatewayId, ids.targetId);
      let replaced: TargetRecord | undefined;
      const answer = await repository.withSchema(ids, schema, (kept) =>
        // A synchronisation that ends at this moment is no conflict: its tools are of the configuration that goes.
        replaceUnchanged(`Target ${ids.targetId}`, read, async (previous) => {
          const { createdAt, lastSynchronizedAt } = previous;
          const sameKind = kindNameOf(previous.targetConfiguration) === kindNameOf(settings.targetConfiguration);
          const keepsTools = inline === undefined && sameKind;
          const time = nowAfter(previous.updatedAt);
          const next: TargetRecord = {
            ...ids,
            ...settings,
            ...(keepsTools ? defined({ lastSynchronizedAt }) : {}),
            ...stateOf(inline, "UPDATING", time),
            createdAt,
            updatedAt: time,
            ...kept,
          };
          const before = describe(gatewayArn, previous, await contentsOf(previous));
          const answer = describe(gatewayArn, next, { tools: inline?.tools, schema });
          const events = inline === undefined ? [synchronizationOf(next)] : [];
          const change = alongside(scope, answer, { before, after: answer, answer, events });
          await repository.updateTarget(previous, next, inline?.tools ?? (keepsTools ? undefined : []), change);
          replaced = previous;
          return answer;
        }),
      );
      if (replaced?.schemaGeneration !== undefined) {
        await repository.deleteSchemas(ids.gatewayId, ids.targetId, replaced.schemaGeneration);
      }
      return answer;
    },

    async ListGatewayTargets({ gatewayIdentifier, ...page }) {
      await gatewayOf(gatewayIdentifier);
      const { items, nextToken } = await repository.listTargets(gatewayIdentifier, page);
      return { items: items.map(summarize), nextToken };
    },

    async DeleteGatewayTarget({ gatewayIdentifier, targetId }, scope) {
      const { gatewayArn } = await gatewayOf(gatewayIdentifier);
      const answer = { gatewayArn, targetId, status: "DELETING" as const };
      await whileOthersChange(async () => {
        const record = await existing(gatewayIdentifier, targetId);
        const before = describe(gatewayArn, record, await contentsOf(record));
        await repository.deleteTarget(record, alongside(scope, answer, { before, answer }));
      });
      await repository.deleteSchemas(gatewayIdentifier, targetId);
      return answer;
    },

    async SynchronizeGatewayTargets({ gatewayIdentifier, targetIdList }, scope) {
      const { gatewayArn } = await gatewayOf(gatewayIdentifier);
      // The model allows one target a request.
      const [targetId = ""] = targetIdList;
      return whileOthersChange(async () => {
        const target = await existing(gatewayIdentifier, targetId);
        if (hasInlineTools(target.targetConfiguration)) {
          refuse(
            "targetIdList",
            "must name targets whose tools are read from elsewhere: inline tools change by UpdateGatewayTarget",
          );
        }
        const contents = await contentsOf(target);
        const after = describe(gatewayArn, { ...target, status: "SYNCHRONIZING" }, contents);
        const answer = { targets: [after] };
        const events = [synchronizationOf(target)];
        const change = alongside(scope, after, {
          before: describe(gatewayArn, target, contents),
          after,
          answer,
          events,
        });
        await repository.putTools(target, { status: "SYNCHRONIZING" }, change);
        return answer;
      });
    },
  } satisfies Handlers;
}

/** A target's ARN has no format of its own in AgentCore's model: it is named below its gateway. */
function alongside(
  scope: RequestScope,
  { gatewayArn, targetId }: { readonly gatewayArn: string | undefined; readonly targetId: string | undefined },
  change: Omit<Change, "resource" | "readBy">,
): Step[] {
  return scope.alongside({ resource: `${gatewayArn}/target/${targetId}`, readBy: "GetGatewayTarget", ...change });
}

function synchronizationOf({ gatewayId, targetId }: TargetRecord): GatehouseEvent {
  return { type: "TargetSynchronizationRequested", detail: { schemaVersion: 1, gatewayId, targetId } };
}

function stateOf(
  inline: { readonly warnings: readonly string[] } | undefined,
  underWay: "CREATING" | "UPDATING",
  time: string,
): Pick<TargetRecord, "status" | "statusReasons" | "lastSynchronizedAt"> {
  if (inline === undefined) return { status: underWay };
  return { status: "READY", statusReasons: inline.warnings, lastSynchronizedAt: time };
}

function summarize(record: TargetRecord): TargetSummary {
  const { targetId, name, status, description, lastSynchronizedAt } = record;
  return {
    targetId,
    name,
    status,
    description,
    targetType: targetTypeOf(record),
    createdAt: new Date(record.createdAt),
    updatedAt: new Date(record.updatedAt),
    lastSynchronizedAt: lastSynchronizedAt === undefined ? undefined : new Date(lastSynchronizedAt),
  };
}

function describe(gatewayArn: string, record: TargetRecord, contents: Contents): OutputOf<"GetGatewayTarget"> {
  const { statusReasons, credentialProviderConfigurations } = record;
  const { targetType: _, ...summary } = summarize(record);
  return {
    ...summary,
    gatewayArn,
    protocolType: "MCP",
    statusReasons: statusReasons && [...statusReasons],
    targetConfiguration: describeConfiguration(record, contents),
    credentialProviderConfigurations: [...credentialProviderConfigurations],
  };
}
