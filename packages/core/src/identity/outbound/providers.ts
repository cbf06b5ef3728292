import { LRUCache } from "lru-cache";
import { GatehouseError } from "../../errors.ts";
import type {
  ApiKeyProviderRecord,
  Oauth2ProviderRecord,
  WorkloadIdentityRecord,
} from "../../storage/identityRecords.ts";

/** What credentials are made from, by name. `IdentityRepository` is one. */
export interface Providers {
  apiKeyProvider(name: string): Promise<ApiKeyProviderRecord | undefined>;
  oauth2Provider(name: string): Promise<Oauth2ProviderRecord | undefined>;
  workloadIdentity(name: string): Promise<WorkloadIdentityRecord | undefined>;
}

/** A change takes effect within a second (T16). */
const rememberedMilliseconds = 1_000;

/** Remembers what was read for a second, for the many calls of a busy gateway. What isn't there is not remembered. */
export function rememberedProviders(providers: Providers): Providers {
  return {
    apiKeyProvider: remembered((name) => providers.apiKeyProvider(name)),
    oauth2Provider: remembered((name) => providers.oauth2Provider(name)),
    workloadIdentity: remembered((name) => providers.workloadIdentity(name)),
  };
}

function remembered<R extends object>(read: (name: string) => Promise<R | undefined>) {
  const cache = new LRUCache<string, R>({ max: 1_000, ttl: rememberedMilliseconds, fetchMethod: (name) => read(name) });
  return (name: string) => cache.fetch(name);
}

/** @throws GatehouseError `notFound` */
export async function oauth2ProviderNamed(providers: Providers, name: string): Promise<Oauth2ProviderRecord> {
  const provider = await providers.oauth2Provider(name);
  if (provider === undefined) {
    throw new GatehouseError("notFound", `There is no OAuth2 credential provider named ${name}.`);
  }
  return provider;
}
