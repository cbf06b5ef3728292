import type { TargetSummary } from "@aws-sdk/client-bedrock-agentcore-control";
import type { GatehouseEvent } from "../observability/events.ts";
import { shadowedBy } from "../review/shadowing.ts";
import type { Step } from "../storage/configRepository.table.ts";
import { targetNotFound } from "../storage/configRepository.targets.ts";
import type { TargetRecord } from "../storage/records.ts";
import { replaceUnchanged, whileOthersChange } from "./concurrency.ts";
import { defined } from "./defined.ts";
import { existingGateway } from "./existing.ts";
import type { ControlPlaneDependencies, Handlers } from "./handlers.ts";
import { newTargetId } from "./identifiers.ts";
import type { InputOf, OutputOf } from "./operationTypes.ts";
import type { Change, RequestScope } from "./scope.ts";
import { refuse } from "./supported.ts";
import type { Contents } from "./targetConfigurations/kind.ts";
import { describeConfiguration, hasInlineTools, kindNameOf, readTarget, targetTypeOf } from "./targetConfigurations.ts";
import { checkProvider } from "./targetProviders.ts";
import { now, nowAfter } from "./times.ts";

/**
 * The operations on targets. A target whose tools are in the request is READY when the answer leaves; one whose tools are
 * to be read from elsewhere becomes READY by the synchronisation that the answer has set going.
 */
export function targetHandlers(dependencies: ControlPlaneDependencies) {
  const { administration, repository, identityRepository, allowLoopback, keyring } = dependencies;
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

  /** The other targets, where the request has tools that could be mistaken for theirs. A name that is taken is refused as such. */
  const neighboursOf = async (input: InputOf<"CreateGatewayTarget"> & { readonly targetId?: string }) => {
    if (!hasInlineTools(input.targetConfiguration)) return [];
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

  const permitBy =
    ({ administrator }: RequestScope) =>
    (operation: string, providerArn: string) =>
      administration.authorizeOn(administrator, operation, providerArn);

  return {
    async CreateGatewayTarget(input, scope) {
      const { gatewayArn } = await gatewayOf(input.gatewayIdentifier);
      const { inline, schema, ...settings } = readTarget(input, allowLoopback, await neighboursOf(input));
      await checkProvider(settings, identityRepository, permitBy(scope));
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
      const { inline, schema, ...settings } = readTarget(input, allowLoopback, await neighboursOf(input));
      await checkProvider(settings, identityRepository, permitBy(scope));
      const ids = { gatewayId: input.gatewayIdentifier, targetId: input.targetId };
      const read = () => existing(ids.gatewayId, ids.targetId);
      let replaced: TargetRecord | undefined;
      const answer = await repository.withSchema(ids, schema, (kept) =>
        // A synchronisation that ends at this moment is no conflict: its tools are of the configuration that goes.
        replaceUnchanged(`Target ${ids.targetId}`, read, async (previous) => {
          const { createdAt, lastSynchronizedAt, drift } = previous;
          const sameKind = kindNameOf(previous.targetConfiguration) === kindNameOf(settings.targetConfiguration);
          const keepsTools = inline === undefined && sameKind;
          if (keepsTools && settings.name !== previous.name) await refuseShadows(previous, settings.name);
          const time = nowAfter(previous.updatedAt);
          const next: TargetRecord = {
            ...ids,
            ...settings,
            ...(keepsTools ? defined({ lastSynchronizedAt, drift }) : {}),
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

function describe(gatewayArn: string, record: TargetRecord, contents: Contents): OutputOf<"GetGatewayTarget"> {
  const { credentialProviderConfigurations, metadataConfiguration } = record;
  const { targetType: _, ...summary } = summarize(record);
  return {
    ...summary,
    gatewayArn,
    protocolType: "MCP",
    statusReasons: statusReasonsOf(record),
    targetConfiguration: describeConfiguration(record, contents),
    credentialProviderConfigurations: [...credentialProviderConfigurations],
    ...defined({ metadataConfiguration }),
  };
}
