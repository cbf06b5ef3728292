import type {
  ClientAuthenticationMethodType,
  CredentialProviderVendorType,
  Oauth2Discovery,
  OnBehalfOfTokenExchangeConfigType,
} from "@aws-sdk/client-bedrock-agentcore-control";

/** An agent, as the identity operations know it. */
export interface WorkloadIdentityRecord {
  readonly name: string;
  readonly workloadIdentityArn: string;
  /** Where browsers may be sent after a consent, exactly as they are asked for. */
  readonly allowedResourceOauth2ReturnUrls: readonly string[];
  /** Workload access tokens from before this moment hold no longer. */
  readonly tokensNotBefore?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** An API key that targets are called with. */
export interface ApiKeyProviderRecord {
  readonly name: string;
  readonly credentialProviderArn: string;
  /** Sealed under the context `{ is: "api-key", provider: credentialProviderArn }`. */
  readonly sealedApiKey: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A client that Gatehouse is of somebody's authorization server. */
export interface Oauth2ProviderRecord {
  readonly name: string;
  readonly credentialProviderArn: string;
  readonly credentialProviderVendor: CredentialProviderVendorType;
  /** Unguessable; the callback address ends in it. */
  readonly callbackId: string;
  readonly clientId?: string;
  /** Sealed under `clientSecretContext` (identity/outbound/registration.ts), which says where it may be sent. */
  readonly sealedClientSecret?: string;
  /** As it was given, or as the vendor's preset says. */
  readonly oauthDiscovery: Oauth2Discovery;
  readonly clientAuthenticationMethod: ClientAuthenticationMethodType;
  readonly onBehalfOfTokenExchangeConfig?: OnBehalfOfTokenExchangeConfigType;
  readonly tags?: Readonly<Record<string, string>>;
  readonly createdAt: string;
  readonly updatedAt: string;
}
