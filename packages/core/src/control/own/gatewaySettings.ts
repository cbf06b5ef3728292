import { isDeepStrictEqual } from "node:util";
import type { GatewayRecord, RateLimit } from "../../storage/records.ts";
import { replaceUnchanged } from "../concurrency.ts";
import { defined } from "../defined.ts";
import { checkEngine } from "../enforcement.ts";
import { existingGateway } from "../existing.ts";
import type { ControlPlaneDependencies, HandlersOf } from "../handlers.ts";
import { refuse } from "../supported.ts";
import { nowAfter } from "../times.ts";
import { gatewaySettingsDefaults } from "./gatewaySettingsDefaults.ts";
import { describeOauthClient, oauthClientOf } from "./oauthClient.ts";
import type { GatewaySettings } from "./policyTypes.ts";

/** The operations on what AgentCore's API can't say of a gateway. They are replaced as a whole. */
export function gatewaySettingsHandlers(
  dependencies: ControlPlaneDependencies,
): HandlersOf<"GetGatewaySettings" | "PutGatewaySettings"> {
  const { repository } = dependencies;
  const existing = (gatewayId: string) => existingGateway(repository, gatewayId);

  return {
    async GetGatewaySettings({ gatewayIdentifier }) {
      return describe(await existing(gatewayIdentifier));
    },

    async PutGatewaySettings({ gatewayIdentifier, ...input }, scope) {
      refuseRepeated("interceptorContext", "name", input.interceptorContext ?? []);
      refuseRepeated("targetSettings", "target", input.targetSettings ?? []);
      refuseStray(input.rateLimits ?? []);
      const { oauthClient, ...rest } = input;
      const read = () => existing(gatewayIdentifier);
      return replaceUnchanged(`Gateway ${gatewayIdentifier}`, read, async (previous) => {
        const client = oauthClient && (await oauthClientOf(oauthClient, previous, dependencies));
        const settings = { ...gatewaySettingsDefaults, ...defined({ ...rest, oauthClient: client }) };
        const next = { ...previous, settings, updatedAt: nowAfter(previous.updatedAt) };
        // What policies can see is about to change: those that are enforced must be valid then, as on every other way.
        const seesOther = !isDeepStrictEqual(describe(previous).interceptorContext, settings.interceptorContext);
        const targets = async () => (await repository.loadGateway(previous.gatewayId))?.targets ?? [];
        const check = seesOther ? await checkEngine(dependencies, next, targets) : {};
        const answer = describe(next);
        const change = { resource: next.gatewayArn, before: describe(previous), after: answer, answer };
        await repository.updateGateway(previous, next, check, scope.alongside(change));
        return answer;
      });
    },
  };
}

function describe({ gatewayArn, settings: { oauthClient, ...settings } = {} }: GatewayRecord): GatewaySettings {
  const client = oauthClient && describeOauthClient(oauthClient);
  return { gatewayArn, ...gatewaySettingsDefaults, ...settings, ...defined({ oauthClient: client }) };
}

/** Two entries for the same thing would leave open which of them holds. */
function refuseRepeated<Name extends string>(
  list: string,
  member: Name,
  entries: readonly Readonly<Record<Name, string>>[],
): void {
  const seen = new Set<string>();
  for (const [index, { [member]: value }] of entries.entries()) {
    if (seen.has(value)) refuse(`${list}[${index}].${member}`, `must be its own: there is another entry for ${value}`);
    seen.add(value);
  }
}

/** A limit that names a tool and isn't about tools would be another than whoever wrote it thinks. */
function refuseStray(rateLimits: readonly RateLimit[]): void {
  for (const [index, { scope, tool }] of rateLimits.entries()) {
    if (tool !== undefined && scope !== "TOOL") refuse(`rateLimits[${index}].tool`, "belongs to the scope TOOL alone");
  }
}
