import type { Step } from "../storage/configRepository.table.ts";
import type { GatewayRecord } from "../storage/records.ts";
import { gatewayUrlOf } from "../tools.ts";
import { authorizerWarnings, checkAuthorizer } from "./authorizers.ts";
import { replaceUnchanged, whileOthersChange } from "./concurrency.ts";
import { defined } from "./defined.ts";
import { checkEngine } from "./enforcement.ts";
import { existingGateway } from "./existing.ts";
import type { ControlPlaneDependencies, Handlers } from "./handlers.ts";
import { gatewayArn, newGatewayId } from "./identifiers.ts";
import { checkInterceptors } from "./interceptors.ts";
import type { InputOf, OutputOf } from "./operationTypes.ts";
import type { Change, RequestScope } from "./scope.ts";
import { refuseMembers } from "./supported.ts";
import { now, nowAfter } from "./times.ts";

/** The operations on gateways. A gateway is READY when the answer that creates or changes it leaves. */
export function gatewayHandlers(dependencies: ControlPlaneDependencies) {
  const { repository, url } = dependencies;

  const existing = (gatewayId: string) => existingGateway(repository, gatewayId);

  return {
    async CreateGateway(input, scope) {
      const settings = settingsOf(input, dependencies.allowLoopback);
      const gatewayId = newGatewayId(input.name);
      const time = now();
      const record: GatewayRecord = {
        gatewayId,
        gatewayArn: gatewayArn(dependencies, gatewayId),
        ...settings,
        ...defined({ tags: input.tags }),
        status: "READY",
        createdAt: time,
        updatedAt: time,
        version: 1,
      };
      const check = await checkEngine(dependencies, record, async () => []);
      const answer = describe(record, url);
      await repository.createGateway(record, check, alongside(scope, record, { after: answer, answer }));
      return answer;
    },

    async GetGateway({ gatewayIdentifier }) {
      return describe(await existing(gatewayIdentifier), url);
    },

    /** Replaces every setting, as AWS does: what the request leaves out is taken away. */
    async UpdateGateway(input, scope) {
      const settings = settingsOf(input, dependencies.allowLoopback);
      const { gatewayIdentifier } = input;
      const read = () => existing(gatewayIdentifier);
      return replaceUnchanged(`Gateway ${gatewayIdentifier}`, read, async (previous) => {
        const { gatewayId, gatewayArn, createdAt, version, tags, resourcePolicy } = previous;
        const updatedAt = nowAfter(previous.updatedAt);
        const next: GatewayRecord = {
          gatewayId,
          gatewayArn,
          ...settings,
          // What other operations set stays.
          ...defined({ tags, resourcePolicy, settings: previous.settings }),
          status: "READY",
          createdAt,
          updatedAt,
          version,
        };
        const targets = async () => (await repository.loadGateway(gatewayId))?.targets ?? [];
        const check = await checkEngine(dependencies, next, targets);
        const answer = describe(next, url);
        const before = describe(previous, url);
        await repository.updateGateway(
          previous,
          next,
          check,
          alongside(scope, next, { before, after: answer, answer }),
        );
        return answer;
      });
    },

    async ListGateways(page) {
      const { items, nextToken } = await repository.listGateways(page);
      return { items: items.map(summarize), nextToken };
    },

    async DeleteGateway({ gatewayIdentifier }, scope) {
      const answer = { gatewayId: gatewayIdentifier, status: "DELETING" as const };
      await whileOthersChange(async () => {
        const record = await existing(gatewayIdentifier);
        await repository.deleteGateway(record, alongside(scope, record, { before: describe(record, url), answer }));
      });
      return answer;
    },
  } satisfies Handlers;
}

/** What a request says of a gateway, made sure that Gatehouse does all of it. */
function settingsOf(input: InputOf<"CreateGateway"> | InputOf<"UpdateGateway">, allowLoopback: boolean) {
  refuseMembers(input, "", "kmsKeyArn");
  checkInterceptors(input.interceptorConfigurations);
  if ("wafConfiguration" in input) refuseMembers(input, "", "wafConfiguration");
  if ("customTransformConfiguration" in input) refuseMembers(input, "", "customTransformConfiguration");
  const mcp = input.protocolConfiguration?.mcp;
  if (mcp !== undefined) refuseMembers(mcp, "protocolConfiguration.mcp.", "disableMcpListToolsPagination");
  checkAuthorizer(input.authorizerType, input.authorizerConfiguration, allowLoopback);
  const { name, roleArn, authorizerType } = input;
  const { description, authorizerConfiguration, protocolConfiguration, policyEngineConfiguration, exceptionLevel } =
    input;
  const { interceptorConfigurations } = input;
  const warnings = authorizerWarnings(input);
  return {
    name,
    roleArn,
    authorizerType,
    ...defined({
      description,
      authorizerConfiguration,
      protocolConfiguration,
      policyEngineConfiguration,
      interceptorConfigurations,
      exceptionLevel,
      statusReasons: warnings.length === 0 ? undefined : warnings,
    }),
  };
}

function alongside(
  scope: RequestScope,
  { gatewayArn }: GatewayRecord,
  change: Pick<Change, "before" | "after" | "answer">,
): Step[] {
  return scope.alongside({ resource: gatewayArn, readBy: "GetGateway", ...change });
}

function summarize(record: GatewayRecord) {
  const { gatewayId, name, status, description, authorizerType } = record;
  return {
    gatewayId,
    name,
    status,
    description,
    createdAt: new Date(record.createdAt),
    updatedAt: new Date(record.updatedAt),
    authorizerType,
    protocolType: "MCP" as const,
  };
}

function describe(record: GatewayRecord, url: string): OutputOf<"GetGateway"> {
  const { version: _, tags: __, resourcePolicy: ___, settings: ____, ...described } = record;
  const { statusReasons, interceptorConfigurations, ...rest } = described;
  return {
    ...rest,
    interceptorConfigurations: interceptorConfigurations && [...interceptorConfigurations],
    ...summarize(record),
    gatewayUrl: gatewayUrlOf(url, record.gatewayId),
    statusReasons: statusReasons && [...statusReasons],
  };
}
