import type { CredentialProviderConfiguration } from "@aws-sdk/client-bedrock-agentcore-control";
import type { Credentials, TokenAnswer, TokenRequest } from "../../../identity/outbound/credentials.ts";
import type { Principal } from "../../../identity/principal.ts";
import type { GatewayRecord, TargetRecord } from "../../../storage/records.ts";
import { targetNamed } from "../http/testing.ts";
import type { Invocation } from "../target.ts";

const vault = "arn:aws:bedrock-agentcore:us-east-1:123456789012:token-vault/default";

/** For tests only: a vault that keeps what it is asked. */
export interface TestVault extends Credentials {
  readonly asked: TokenRequest[];
  /** What becomes of the next requests for tokens; the last one of them holds on. */
  answers: ((request: TokenRequest) => TokenAnswer)[];
}

/** For tests only: makes it, with one API key. */
export function testVault(apiKey = "the-api-key"): TestVault {
  const asked: TokenRequest[] = [];
  return {
    asked,
    answers: [() => ({ accessToken: "the-token" })],
    apiKey: async () => apiKey,
    async token(request) {
      asked.push(request);
      const answer = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
      if (answer === undefined) throw new Error("There is no answer.");
      return answer(request);
    },
  };
}

type Provider = NonNullable<CredentialProviderConfiguration["credentialProvider"]>;

/** For tests only: an API key as a target's credentials. */
export function apiKeyConfiguration(
  more: Partial<NonNullable<Provider["apiKeyCredentialProvider"]>> = {},
): CredentialProviderConfiguration {
  const apiKeyCredentialProvider = { providerArn: `${vault}/apikeycredentialprovider/keys`, ...more };
  return { credentialProviderType: "API_KEY", credentialProvider: { apiKeyCredentialProvider } };
}

/** For tests only: tokens as a target's credentials. */
export function oauthConfiguration(
  more: Partial<NonNullable<Provider["oauthCredentialProvider"]>> = {},
): CredentialProviderConfiguration {
  const oauthCredentialProvider = {
    providerArn: `${vault}/oauth2credentialprovider/issuer`,
    scopes: ["read", "write"],
    ...more,
  };
  return { credentialProviderType: "OAUTH", credentialProvider: { oauthCredentialProvider } };
}

/** For tests only: a user of an issuer. */
export function userNamed(id: string): Principal {
  return {
    type: "AgentCore::OAuthUser",
    id,
    issuer: "https://idp.example.com",
    tags: { iss: "https://idp.example.com", sub: id },
  };
}

/** For tests only: a target with credentials. */
export function targetWith(
  configuration: CredentialProviderConfiguration,
  mcp: TargetRecord["targetConfiguration"]["mcp"] = { openApiSchema: { inlinePayload: "" } },
): TargetRecord {
  return {
    ...targetNamed("Orders"),
    targetConfiguration: { mcp },
    credentialProviderConfigurations: [configuration],
  } as TargetRecord;
}

/** For tests only: a call of a target's tool, as the pipeline makes it. */
export function invocationOf(target: TargetRecord, more: Partial<Invocation> = {}): Invocation {
  return {
    gateway: { gatewayId: "gateway", gatewayArn: "arn:gateway" } as GatewayRecord, // What is left out, nothing here looks at.
    target,
    tool: { name: "get", inputSchema: { type: "object" } },
    qualifiedName: "Orders___get",
    arguments: {},
    requestId: "1",
    principal: userNamed("alice"),
    userToken: "the-token-of-the-caller",
    params: {},
    exchange: { era: "modern", notify: () => {}, gone: new AbortController().signal },
    traceContext: {},
    headers: {},
    query: {},
    onResponseHeaders: () => {},
    signal: AbortSignal.timeout(10_000),
    ...more,
  };
}
