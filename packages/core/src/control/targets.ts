import type { TargetConfiguration, TargetSummary } from "@aws-sdk/client-bedrock-agentcore-control";
import type { GatehouseEvent } from "../observability/events.ts";
import { shadowedBy } from "../review/shadowing.ts";
import type { Step } from "../storage/configRepository.table.ts";
import { targetNotFound } from "../storage/configRepository.targets.ts";
import type { TargetRecord, ToolDescription } from "../storage/records.ts";
import { replaceUnchanged, whileOthersChange } from "./concurrency.ts";
import { defined } from "./defined.ts";
import { existingGateway } from "./existing.ts";
import type { ControlPlaneDependencies, Handlers } from "./handlers.ts";
import { newTargetId } from "./identifiers.ts";
import type { InputOf, OutputOf } from "./operationTypes.ts";
import type { Change, RequestScope } from "./scope.ts";
import { refuse } from "./supported.ts";
import { readTarget } from "./targetConfigurations.ts";
import { now, nowAfter } from "./times.ts";
import { definitionsOfTools } from "./toolDefinitions.ts";

/**
 * The operations on targets. A target whose tools are in the request is READY when the answer leaves; one whose tools are
 * to be read from elsewhere becomes READY by the synchronisation that the answer has set going.
 */
export function targetHandlers({ repository, allowLoopback }: ControlPlaneDependencies) {
  const gatewayOf = (gatewayId: string) => existingGateway(repository, gatewayId);
  const existing = async (gatewayId: string, targetId: string): Promise<TargetRecord> => {
    const target = await repository.getTarget(gatewayId, targetId);
    if (target === undefined) throw targetNotFound(gatewayId, targetId);
    return target;
  };

  /** The other targets, where the request has tools that could be mistaken for theirs. A name that is taken is refused as such. */
  const neighboursOf = async (input: InputOf<"CreateGatewayTarget"> & { readonly targetId?: string }) => {
    if (!isLambda(input.targetConfiguration)) return [];
    const { targets } = await repository.getNames(input.gatewayIdentifier);
    return targets.filter(({ targetId, name }) => targetId !== input.targetId && name !== input.name);
  };
  /** Under its new name a target's tools must not be mistaken for another's. */
  const refuseShadows = async ({ gatewayId, targetId }: TargetRecord, name: string): Promise<void> => {
    const { targets } = await repository.getNames(gatewayId);
    const own = targets.find((target) => target.targetId === targetId)?.tools ?? [];
    const others = targets.filter((target) => target.targetId !== targetId && target.name !== name);
    const [shadow] = shadowedBy(name, own, others);
    if (shadow !== undefined) refuse("name", `can't be ${name}: ${shadow}`);
  };

  return {
    async CreateGatewayTarget(input, scope) {
      const { gatewayArn } = await gatewayOf(input.gatewayIdentifier);
      const { inline, ...settings } = readTarget(input, allowLoopback, await neighboursOf(input));
      const time = now();
      const record: TargetRecord = {
        gatewayId: input.gatewayIdentifier,
        targetId: newTargetId(),
        ...settings,
        ...stateOf(inline, "CREATING", time),
        createdAt: time,
        updatedAt: time,
      };
      const answer = describe(gatewayArn, record, inline?.tools);
      const events = inline === undefined ? [synchronizationOf(record)] : [];
      const change = alongside(scope, answer, { after: answer, answer, events });
      await repository.createTarget(record, inline?.tools, change);
      return answer;
    },

    async GetGatewayTarget({ gatewayIdentifier, targetId }) {
      const { gatewayArn } = await gatewayOf(gatewayIdentifier);
      const record = await existing(gatewayIdentifier, targetId);
      return describe(gatewayArn, record, await repository.getTools(gatewayIdentifier, targetId));
    },

    /**
     * Replaces every setting. Until new tools are read, calls see those of before; a target of another kind starts
     * without any, because those of before are not its own.
     */
    async UpdateGatewayTarget(input, scope) {
      const { gatewayArn } = await gatewayOf(input.gatewayIdentifier);
      const { inline, ...settings } = readTarget(input, allowLoopback, await neighboursOf(input));
      const read = () => existing(input.gatewayIdentifier, input.targetId);
      // A synchronisation that ends at this moment is no conflict: its tools are of the configuration that goes.
      return replaceUnchanged(`Target ${input.targetId}`, read, async (previous) => {
        const { gatewayId, targetId, createdAt, lastSynchronizedAt, drift } = previous;
        const sameKind = isLambda(previous.targetConfiguration) === isLambda(settings.targetConfiguration);
        const keepsTools = inline === undefined && sameKind;
        if (keepsTools && settings.name !== previous.name) await refuseShadows(previous, settings.name);
        const time = nowAfter(previous.updatedAt);
        const next: TargetRecord = {
          gatewayId,
          targetId,
          ...settings,
          ...(keepsTools ? defined({ lastSynchronizedAt, drift }) : {}),
          ...stateOf(inline, "UPDATING", time),
          createdAt,
          updatedAt: time,
        };
        const before = describe(gatewayArn, previous, await repository.getTools(gatewayId, targetId));
        const answer = describe(gatewayArn, next, inline?.tools);
        const events = inline === undefined ? [synchronizationOf(next)] : [];
        const change = alongside(scope, answer, { before, after: answer, answer, events });
        await repository.updateTarget(previous, next, inline?.tools ?? (keepsTools ? undefined : []), change);
        return answer;
      });
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
        const before = describe(gatewayArn, record, await repository.getTools(gatewayIdentifier, targetId));
        await repository.deleteTarget(record, alongside(scope, answer, { before, answer }));
      });
      return answer;
    },

    async SynchronizeGatewayTargets({ gatewayIdentifier, targetIdList }, scope) {
      const { gatewayArn } = await gatewayOf(gatewayIdentifier);
      // The model allows one target a request.
      const [targetId = ""] = targetIdList;
      return whileOthersChange(async () => {
        const target = await existing(gatewayIdentifier, targetId);
        if (isLambda(target.targetConfiguration)) {
          refuse("targetIdList", "must name MCP server targets: a Lambda target's tools change by UpdateGatewayTarget");
        }
        const after = describe(gatewayArn, { ...target, status: "SYNCHRONIZING" });
        const answer = { targets: [after] };
        const events = [synchronizationOf(target)];
        const change = alongside(scope, after, { before: describe(gatewayArn, target), after, answer, events });
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

/** What an administrator should know; that tools wait for a review comes first. */
function statusReasonsOf({ statusReasons, drift }: TargetRecord): string[] | undefined {
  if (drift === undefined) return statusReasons && [...statusReasons];
  const waiting = [
    ...(drift.changed > 0 ? [`${counted(drift.changed)} changed since approved`] : []),
    ...(drift.new > 0 ? [`${counted(drift.new)} new`] : []),
    ...(drift.removed > 0 ? [`${counted(drift.removed)} gone`] : []),
  ];
  return [`Not offered to agents: ${waiting.join(", ")}. ListToolDrift shows them.`, ...(statusReasons ?? [])];
}

function counted(tools: number): string {
  return tools === 1 ? "1 tool" : `${tools} tools`;
}

function describe(
  gatewayArn: string,
  record: TargetRecord,
  tools: readonly ToolDescription[] = [],
): OutputOf<"GetGatewayTarget"> {
  const { targetConfiguration, credentialProviderConfigurations } = record;
  const { targetType: _, ...summary } = summarize(record);
  const lambda = targetConfiguration.mcp?.lambda;
  return {
    ...summary,
    gatewayArn,
    protocolType: "MCP",
    statusReasons: statusReasonsOf(record),
    targetConfiguration: lambda
      ? { mcp: { lambda: { ...lambda, toolSchema: { inlinePayload: definitionsOfTools(tools) } } } }
      : targetConfiguration,
    credentialProviderConfigurations: [...credentialProviderConfigurations],
  };
}
