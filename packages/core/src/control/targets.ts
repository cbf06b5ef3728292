import type { TargetConfiguration, TargetSummary } from "@aws-sdk/client-bedrock-agentcore-control";
import { gatewayNotFound } from "../storage/configRepository.gateways.ts";
import { targetNotFound } from "../storage/configRepository.targets.ts";
import type { GatewayRecord, TargetRecord, ToolDescription } from "../storage/records.ts";
import { requireUnchanged, whileOthersChange } from "./concurrency.ts";
import { defined } from "./defined.ts";
import type { ControlPlaneDependencies, Handlers, OutputOf } from "./handlers.ts";
import { newTargetId } from "./identifiers.ts";
import { refuse } from "./supported.ts";
import { readTarget } from "./targetConfigurations.ts";
import { now, nowAfter } from "./times.ts";
import { definitionsOfTools } from "./toolDefinitions.ts";

/**
 * The operations on targets. A target whose tools are in the request is READY when the answer leaves; one whose tools are
 * to be read from elsewhere becomes READY by the synchronisation that the answer has set going.
 */
export function targetHandlers({ repository, publisher, allowLoopback }: ControlPlaneDependencies) {
  const gatewayOf = async (gatewayId: string): Promise<GatewayRecord> => {
    const gateway = await repository.getGateway(gatewayId);
    if (gateway === undefined) throw gatewayNotFound(gatewayId);
    return gateway;
  };
  const existing = async (gatewayId: string, targetId: string): Promise<TargetRecord> => {
    const target = await repository.getTarget(gatewayId, targetId);
    if (target === undefined) throw targetNotFound(gatewayId, targetId);
    return target;
  };
  const requestSynchronization = ({ gatewayId, targetId }: TargetRecord) =>
    publisher.publish({ type: "TargetSynchronizationRequested", detail: { schemaVersion: 1, gatewayId, targetId } });

  return {
    async CreateGatewayTarget(input) {
      const { gatewayArn } = await gatewayOf(input.gatewayIdentifier);
      const { inline, ...settings } = readTarget(input, allowLoopback);
      const time = now();
      const record: TargetRecord = {
        gatewayId: input.gatewayIdentifier,
        targetId: newTargetId(),
        ...settings,
        ...stateOf(inline, "CREATING", time),
        createdAt: time,
        updatedAt: time,
      };
      await repository.createTarget(record, inline?.tools);
      if (inline === undefined) {
        // A target that nobody will ever synchronise must not stay behind.
        await requestSynchronization(record).catch(async (error: unknown) => {
          await repository.deleteTarget(record);
          throw error;
        });
      }
      return describe(gatewayArn, record, inline?.tools);
    },

    async GetGatewayTarget({ gatewayIdentifier, targetId }) {
      const { gatewayArn } = await gatewayOf(gatewayIdentifier);
      const record = await existing(gatewayIdentifier, targetId);
      return describe(gatewayArn, record, await repository.getTools(gatewayIdentifier, targetId));
    },

    /** Replaces every setting; until new tools are read, calls see those of before. */
    async UpdateGatewayTarget(input) {
      const { gatewayArn } = await gatewayOf(input.gatewayIdentifier);
      const { inline, ...settings } = readTarget(input, allowLoopback);
      const first = await existing(input.gatewayIdentifier, input.targetId);
      if (isLambda(first.targetConfiguration) !== isLambda(settings.targetConfiguration)) {
        refuse(
          "targetConfiguration",
          "must stay of its kind (lambda or mcpServer); delete the target and create another",
        );
      }
      // A synchronisation that ends at this moment is no conflict: its tools are of the configuration that goes.
      const { previous, next } = await whileOthersChange(async () => {
        const previous = await existing(first.gatewayId, first.targetId);
        requireUnchanged(`Target ${first.targetId}`, first, previous);
        const time = nowAfter(previous.updatedAt);
        const next: TargetRecord = {
          gatewayId: previous.gatewayId,
          targetId: previous.targetId,
          ...settings,
          ...(inline === undefined ? defined({ lastSynchronizedAt: previous.lastSynchronizedAt }) : {}),
          ...stateOf(inline, "UPDATING", time),
          createdAt: previous.createdAt,
          updatedAt: time,
        };
        await repository.updateTarget(previous, next, inline?.tools);
        return { previous, next };
      });
      if (inline === undefined) {
        await requestSynchronization(next).catch(async (error: unknown) => {
          await repository.updateTarget(next, { ...previous, updatedAt: nowAfter(next.updatedAt) });
          throw error;
        });
      }
      return describe(gatewayArn, next, inline?.tools);
    },

    async ListGatewayTargets({ gatewayIdentifier, ...page }) {
      await gatewayOf(gatewayIdentifier);
      const { items, nextToken } = await repository.listTargets(gatewayIdentifier, page);
      return { items: items.map(summarize), nextToken };
    },

    async DeleteGatewayTarget({ gatewayIdentifier, targetId }) {
      const { gatewayArn } = await gatewayOf(gatewayIdentifier);
      await repository.deleteTarget(await existing(gatewayIdentifier, targetId));
      return { gatewayArn, targetId, status: "DELETING" };
    },

    async SynchronizeGatewayTargets({ gatewayIdentifier, targetIdList }) {
      const { gatewayArn } = await gatewayOf(gatewayIdentifier);
      const targets = await Promise.all(targetIdList.map((targetId) => existing(gatewayIdentifier, targetId)));
      if (targets.some(({ targetConfiguration }) => isLambda(targetConfiguration))) {
        refuse("targetIdList", "must name MCP server targets: a Lambda target's tools change by UpdateGatewayTarget");
      }
      for (const target of targets) {
        await repository.putTools(target, { status: "SYNCHRONIZING" });
        await requestSynchronization(target).catch(async (error: unknown) => {
          const { status, statusReasons } = target;
          await repository.putTools(target, { status, ...defined({ statusReasons }) });
          throw error;
        });
      }
      return { targets: targets.map((target) => describe(gatewayArn, { ...target, status: "SYNCHRONIZING" })) };
    },
  } satisfies Handlers;
}

function stateOf(
  inline: { readonly warnings: readonly string[] } | undefined,
  underWay: "CREATING" | "UPDATING",
  time: string,
): Pick<TargetRecord, "status" | "statusReasons" | "lastSynchronizedAt"> {
  if (inline === undefined) return { status: underWay };
  return { status: "READY", statusReasons: inline.warnings, lastSynchronizedAt: time };
}

/** Whether a target is a Lambda function; its inline schema is kept apart, as the target's tools. */
function isLambda({ mcp }: TargetConfiguration): boolean {
  return mcp?.lambda !== undefined;
}

function summarize(record: TargetRecord): TargetSummary {
  const { targetId, name, status, description, lastSynchronizedAt } = record;
  return {
    targetId,
    name,
    status,
    description,
    targetType: isLambda(record.targetConfiguration) ? "LAMBDA" : "MCP_SERVER",
    createdAt: new Date(record.createdAt),
    updatedAt: new Date(record.updatedAt),
    lastSynchronizedAt: lastSynchronizedAt === undefined ? undefined : new Date(lastSynchronizedAt),
  };
}

function describe(
  gatewayArn: string,
  record: TargetRecord,
  tools: readonly ToolDescription[] = [],
): OutputOf<"GetGatewayTarget"> {
  const { statusReasons, targetConfiguration, credentialProviderConfigurations } = record;
  const { targetType: _, ...summary } = summarize(record);
  const lambda = targetConfiguration.mcp?.lambda;
  return {
    ...summary,
    gatewayArn,
    protocolType: "MCP",
    statusReasons: statusReasons && [...statusReasons],
    targetConfiguration: lambda
      ? { mcp: { lambda: { ...lambda, toolSchema: { inlinePayload: definitionsOfTools(tools) } } } }
      : targetConfiguration,
    credentialProviderConfigurations: [...credentialProviderConfigurations],
  };
}
