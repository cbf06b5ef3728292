import type { CustomJWTAuthorizerConfiguration } from "@aws-sdk/client-bedrock-agentcore-control";
import { LRUCache } from "lru-cache";
import type { ConfigRepository } from "../../storage/configRepository.ts";

/** A gateway's authorizer that was changed or taken away holds no longer than this for tokens of users (T16). */
const rememberedMilliseconds = 30_000;

/**
 * The authorizers of all gateways, each once. They are read at most every half a minute, by one for all who ask meanwhile;
 * a failure is told to all of them and is not remembered.
 */
export function authorizersOf(
  repository: Pick<ConfigRepository, "listGateways">,
): () => Promise<readonly CustomJWTAuthorizerConfiguration[]> {
  const remembered = new LRUCache<"all", readonly CustomJWTAuthorizerConfiguration[]>({
    max: 1,
    ttl: rememberedMilliseconds,
    fetchMethod: () => readAll(repository),
  });
  return async () => (await remembered.fetch("all")) ?? [];
}

async function readAll(repository: Pick<ConfigRepository, "listGateways">) {
  const found = new Map<string, CustomJWTAuthorizerConfiguration>();
  let nextToken: string | undefined;
  do {
    const page = await repository.listGateways({ nextToken });
    for (const { authorizerConfiguration } of page.items) {
      const authorizer = authorizerConfiguration?.customJWTAuthorizer;
      if (authorizer !== undefined) found.set(JSON.stringify(authorizer), authorizer);
    }
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return [...found.values()];
}
