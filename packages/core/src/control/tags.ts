import { GatehouseError } from "../errors.ts";
import type { Step } from "../storage/configRepository.table.ts";
import { whileOthersChange } from "./concurrency.ts";
import { taggedEvaluation } from "./evaluation/tags.ts";
import { existingGateway, existingPolicyEngine } from "./existing.ts";
import type { ControlPlaneDependencies, Handlers } from "./handlers.ts";
import { gatewayIdOfArn, policyEngineIdOfArn } from "./identifiers.ts";
import { taggedIdentity } from "./identity/tags.ts";
import type { RequestScope } from "./scope.ts";
import { refuse } from "./supported.ts";
import type { Tagged, Tags } from "./tagged.ts";

/** As many as AgentCore allows a resource. */
const maximumTags = 50;

/** The operations on tags: of gateways, policy engines, identity, evaluators and online evaluations. */
export function tagHandlers(dependencies: ControlPlaneDependencies) {
  const { repository } = dependencies;

  const find = async (arn: string): Promise<Tagged> => {
    const gatewayId = gatewayIdOfArn(dependencies, arn);
    if (gatewayId !== undefined) {
      const gateway = await existingGateway(repository, gatewayId);
      const replace = (tags: Tags, alongside: readonly Step[]) =>
        repository.updateGateway(gateway, { ...gateway, tags }, {}, alongside);
      return { tags: gateway.tags ?? {}, replace };
    }
    const policyEngineId = policyEngineIdOfArn(dependencies, arn);
    if (policyEngineId !== undefined) {
      const engine = await existingPolicyEngine(repository, policyEngineId);
      const replace = (tags: Tags, alongside: readonly Step[]) =>
        repository.updatePolicyEngine(engine, { ...engine, tags }, alongside);
      return { tags: engine.tags ?? {}, replace };
    }
    const identity = await taggedIdentity(dependencies, arn);
    if (identity !== undefined) return identity;
    const evaluation = await taggedEvaluation(dependencies, arn);
    if (evaluation !== undefined) return evaluation;
    refuse(
      "resourceArn",
      "must be the ARN of a gateway, a policy engine, a workload identity, a credential provider, an evaluator of your own or an online evaluation config of this account and region",
    );
  };

  /** Whoever changes other tags at the same moment is no conflict: all their changes are kept. */
  const change = (resource: string, scope: RequestScope, next: (tags: Tags) => Tags) =>
    whileOthersChange(async () => {
      const { tags, replace } = await find(resource);
      const after = next(tags);
      if (Object.keys(after).length > maximumTags) {
        throw new GatehouseError("quotaExceeded", `A resource has at most ${maximumTags} tags.`);
      }
      const answer = {};
      await replace(after, scope.alongside({ resource, before: { tags }, after: { tags: after }, answer }));
      return answer;
    });

  return {
    async ListTagsForResource({ resourceArn }) {
      const { tags } = await find(resourceArn);
      return { tags: { ...tags } };
    },

    async TagResource({ resourceArn, tags: added }, scope) {
      return change(resourceArn, scope, (tags) => ({ ...tags, ...added }));
    },

    async UntagResource({ resourceArn, tagKeys }, scope) {
      const rest = (tags: Tags) => Object.fromEntries(Object.entries(tags).filter(([key]) => !tagKeys.includes(key)));
      return change(resourceArn, scope, rest);
    },
  } satisfies Handlers;
}
