import { GatehouseError } from "../errors.ts";
import { parseResourcePolicy } from "../identity/resourcePolicy.ts";
import type { GatewayRecord } from "../storage/records.ts";
import { whileOthersChange } from "./concurrency.ts";
import { defined } from "./defined.ts";
import { existingGateway } from "./existing.ts";
import type { ControlPlaneDependencies, Handlers } from "./handlers.ts";
import { gatewayIdOfArn } from "./identifiers.ts";
import type { RequestScope } from "./scope.ts";
import { refuse } from "./supported.ts";

/** The operations on resource-based policies: of gateways, whose callers they limit. */
export function resourcePolicyHandlers(dependencies: ControlPlaneDependencies) {
  const { repository } = dependencies;

  const gatewayOf = async (arn: string): Promise<GatewayRecord> => {
    const gatewayId = gatewayIdOfArn(dependencies, arn);
    if (gatewayId === undefined) refuse("resourceArn", "must be the ARN of a gateway of this account and region");
    return existingGateway(repository, gatewayId);
  };
  const policyOf = ({ gatewayArn, resourcePolicy }: GatewayRecord): string => {
    if (resourcePolicy !== undefined) return resourcePolicy;
    throw new GatehouseError("notFound", `${gatewayArn} has no resource policy.`);
  };
  const store = async (gateway: GatewayRecord, policy: string | undefined, scope: RequestScope, answer: object) => {
    const { resourcePolicy: previous, ...rest } = gateway;
    const before = previous === undefined ? undefined : { policy: previous };
    const after = policy === undefined ? undefined : { policy };
    const change = scope.alongside({ resource: gateway.gatewayArn, before, after, answer });
    await repository.updateGateway(gateway, { ...rest, ...defined({ resourcePolicy: policy }) }, {}, change);
  };

  return {
    async PutResourcePolicy({ resourceArn, policy }, scope) {
      parseResourcePolicy(policy);
      await whileOthersChange(async () => store(await gatewayOf(resourceArn), policy, scope, { policy }));
      return { policy };
    },

    async GetResourcePolicy({ resourceArn }) {
      return { policy: policyOf(await gatewayOf(resourceArn)) };
    },

    async DeleteResourcePolicy({ resourceArn }, scope) {
      await whileOthersChange(async () => {
        const gateway = await gatewayOf(resourceArn);
        policyOf(gateway);
        await store(gateway, undefined, scope, {});
      });
      return {};
    },
  } satisfies Handlers;
}
