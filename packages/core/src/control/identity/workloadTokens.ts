import { whileOthersChange } from "../concurrency.ts";
import type { ControlPlaneDependencies, Handlers } from "../handlers.ts";
import { nowAfter } from "../times.ts";

/** The operation that ends what agents' code holds. */
export function workloadTokenHandlers({ identityRepository }: ControlPlaneDependencies) {
  return {
    /**
     * Ends every workload access token of an agent at once, in all processes: each is held against the agent's record
     * whenever it is used. Those that are asked for from now on are good.
     */
    async RevokeWorkloadAccessTokens({ name }, scope) {
      const identities = identityRepository.workloadIdentities;
      return whileOthersChange(async () => {
        const previous = await identities.existing(name);
        const { workloadIdentityArn, tokensNotBefore: before } = previous;
        const updatedAt = nowAfter(previous.updatedAt);
        // Another moment than the last one's in any case: tokens are held against it by equality.
        const tokensNotBefore = before === undefined ? updatedAt : nowAfter(before);
        const answer = { name, workloadIdentityArn, tokensNotBefore: new Date(tokensNotBefore) };
        const change = {
          resource: workloadIdentityArn,
          before: before === undefined ? {} : { tokensNotBefore: before },
          after: { tokensNotBefore },
          answer,
        };
        await identities.update(previous, { ...previous, tokensNotBefore, updatedAt }, scope.alongside(change));
        return answer;
      });
    },
  } satisfies Handlers;
}
