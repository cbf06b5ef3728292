import { isDeepStrictEqual } from "node:util";
import {
  defaultInterceptorTimeoutSeconds,
  type GatewayRecord,
  type InterceptorAttribute,
} from "../../storage/records.ts";
import { replaceUnchanged } from "../concurrency.ts";
import { defined } from "../defined.ts";
import { checkEngine } from "../enforcement.ts";
import { existingGateway } from "../existing.ts";
import type { ControlPlaneDependencies, HandlersOf } from "../handlers.ts";
import { refuse } from "../supported.ts";
import { nowAfter } from "../times.ts";
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
      checkNames(input.interceptorContext ?? []);
      const read = () => existing(gatewayIdentifier);
      return replaceUnchanged(`Gateway ${gatewayIdentifier}`, read, async (previous) => {
        const settings = { ...defaults, ...defined(input) };
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

/** How a gateway is where nothing is said. */
const defaults: Omit<GatewaySettings, "gatewayArn"> = {
  explainDenials: false,
  recordArguments: "NONE",
  toolNames: "QUALIFIED",
  requestInterceptorFailure: "FAIL_CLOSED",
  responseInterceptorFailure: "FAIL_CLOSED",
  interceptorTimeoutSeconds: defaultInterceptorTimeoutSeconds,
  interceptorContext: [],
};

function describe({ gatewayArn, settings }: GatewayRecord): GatewaySettings {
  return { gatewayArn, ...defaults, ...settings };
}

function checkNames(attributes: readonly InterceptorAttribute[]): void {
  const names = attributes.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) refuse("interceptorContext", `has ${twice} twice`);
}
