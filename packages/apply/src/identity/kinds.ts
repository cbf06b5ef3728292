import type { JsonObject } from "@gatehouse/core/json.ts";
import type { ByKind as KindsOf } from "../planKinds.ts";

/** What a document can name of identity. Providers come after nothing and before the targets that name them. */
export const identityKinds = ["workloadIdentity", "apiKeyCredentialProvider", "oauth2CredentialProvider"] as const;
export type IdentityKind = (typeof identityKinds)[number];

/** The sections of a document, the members of an entry, and what a person calls one. */
export const identitySections = {
  workloadIdentity: {
    section: "workloadIdentities",
    members: ["allowedResourceOauth2ReturnUrls"],
    words: "workload identity",
  },
  apiKeyCredentialProvider: {
    section: "apiKeyCredentialProviders",
    members: [],
    secret: "apiKeyFrom",
    words: "API key credential provider",
  },
  oauth2CredentialProvider: {
    section: "oauth2CredentialProviders",
    members: ["credentialProviderVendor", "oauth2ProviderConfigInput"],
    secret: "clientSecretFrom",
    words: "OAuth2 credential provider",
  },
} as const satisfies Record<
  IdentityKind,
  { section: string; members: readonly string[]; secret?: string; words: string }
>;

/** One of them as a document says it. */
export interface IdentityEntry {
  /** Members of the operation that creates it, without the secret. */
  readonly settings: JsonObject;
  readonly tags: JsonObject;
  /** From the environment; it is never compared, because nobody is told what is there. */
  readonly secret?: string;
}

/** One of them as it is deployed. */
export interface PresentIdentity {
  readonly arn: string;
  /** What is compared: of OAuth2 clients, what the settings amount to. */
  readonly meaning: JsonObject;
  /** In the form of a document's entry. */
  readonly settings: JsonObject;
  readonly tags: JsonObject;
}

export type ByKind<T> = KindsOf<IdentityKind, T>;
