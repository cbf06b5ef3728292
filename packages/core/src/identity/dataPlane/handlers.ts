import type {
  CompleteResourceTokenAuthRequest,
  CompleteResourceTokenAuthResponse,
  GetResourceApiKeyRequest,
  GetResourceApiKeyResponse,
  GetResourceOauth2TokenRequest,
  GetResourceOauth2TokenResponse,
  GetWorkloadAccessTokenForJWTRequest,
  GetWorkloadAccessTokenForJWTResponse,
  GetWorkloadAccessTokenForUserIdRequest,
  GetWorkloadAccessTokenForUserIdResponse,
  GetWorkloadAccessTokenRequest,
  GetWorkloadAccessTokenResponse,
  UserIdentifier,
} from "@aws-sdk/client-bedrock-agentcore";
import type { Location } from "../../control/identifiers.ts";
import { apiKeyProviderArn, oauth2ProviderArn, workloadIdentityArn } from "../../control/identity/arns.ts";
import { invalid } from "../../control/input.ts";
import type { Checked } from "../../control/operationTypes.ts";
import { GatehouseError } from "../../errors.ts";
import type { IdentityRepository } from "../../storage/identityRepository.ts";
import type { BoundConsents } from "../consent/boundConsents.ts";
import { CredentialError, type Credentials, type TokenAnswer, type User } from "../outbound/credentials.ts";
import type { UserTokens } from "./userTokens.ts";
import type { OpenedToken, WorkloadAccessTokens } from "./workloadAccessTokens.ts";

/** What the data plane's operations are carried out with. */
export interface HandlerDependencies extends Location {
  readonly identities: Pick<IdentityRepository, "workloadIdentities">;
  readonly tokens: WorkloadAccessTokens;
  readonly userTokens: UserTokens;
  readonly credentials: Credentials;
  readonly consents: BoundConsents;
}

/** What a request is about, as far as it is known. */
export interface Subject {
  readonly agent?: string;
  readonly user?: User;
  /** The ARN of a credential provider. */
  readonly provider?: string;
  readonly flow?: string;
  readonly scopes?: readonly string[];
}

/** Whoever asks. */
export interface Asker {
  /** Makes sure that they may do so to a resource. @throws GatehouseError `accessDenied` */
  permit(resourceArn: string): Promise<void>;
  /** Says what the request is about, for the record of it: also of a request that comes no further. */
  note(subject: Subject): void;
}

type Handler<Input, Output> = (input: Checked<Input>, asker: Asker) => Promise<Output>;

/** The handlers, by the operations' names. */
export interface DataPlaneHandlers {
  GetWorkloadAccessToken: Handler<GetWorkloadAccessTokenRequest, GetWorkloadAccessTokenResponse>;
  GetWorkloadAccessTokenForJWT: Handler<GetWorkloadAccessTokenForJWTRequest, GetWorkloadAccessTokenForJWTResponse>;
  GetWorkloadAccessTokenForUserId: Handler<
    GetWorkloadAccessTokenForUserIdRequest,
    GetWorkloadAccessTokenForUserIdResponse
  >;
  GetResourceApiKey: Handler<GetResourceApiKeyRequest, GetResourceApiKeyResponse>;
  GetResourceOauth2Token: Handler<GetResourceOauth2TokenRequest, GetResourceOauth2TokenResponse>;
  CompleteResourceTokenAuth: Handler<CompleteResourceTokenAuthRequest, CompleteResourceTokenAuthResponse>;
}

/**
 * The operations with which agents' code asks for credentials. Each is allowed or not before anything is looked up, so
 * that whoever may not ask learns nothing of what there is.
 */
export function dataPlaneHandlers(dependencies: HandlerDependencies): DataPlaneHandlers {
  const { identities, tokens, userTokens, credentials, consents } = dependencies;
  const arnOf = (agent: string) => workloadIdentityArn(dependencies, agent);

  const agentNamed = async (agent: string, { permit, note }: Asker) => {
    note({ agent });
    await permit(arnOf(agent));
    return identities.workloadIdentities.existing(agent);
  };

  /** For whom a workload access token stands, if they may use a credential provider. */
  const asking = async (token: string, provider: string, { permit, note }: Asker): Promise<OpenedToken> => {
    note({ provider });
    const opened = await tokens.open(token);
    const { agent, user } = opened;
    note({ agent, ...given("user", user) });
    await permit(arnOf(agent));
    await permit(provider);
    return opened;
  };

  const userOf = async (identifier: UserIdentifier): Promise<User> => {
    if (identifier.userToken !== undefined) return (await userTokens.verify(identifier.userToken)).user;
    return { kind: "id", id: identifier.userId ?? "" }; // A union has exactly one member.
  };

  return {
    async GetWorkloadAccessToken({ workloadName }, asker) {
      return { workloadAccessToken: await tokens.issue(await agentNamed(workloadName, asker)) };
    },

    async GetWorkloadAccessTokenForJWT({ workloadName, userToken }, asker) {
      const agent = await agentNamed(workloadName, asker);
      const { user, expiresAt } = await userTokens.verify(userToken);
      asker.note({ user });
      return { workloadAccessToken: await tokens.issue(agent, { user, token: userToken, expiresAt }) };
    },

    async GetWorkloadAccessTokenForUserId({ workloadName, userId }, asker) {
      const user = { kind: "id", id: userId } as const;
      asker.note({ user });
      const agent = await agentNamed(workloadName, asker);
      return { workloadAccessToken: await tokens.issue(agent, { user }) };
    },

    async GetResourceApiKey({ workloadIdentityToken, resourceCredentialProviderName: provider }, asker) {
      await asking(workloadIdentityToken, apiKeyProviderArn(dependencies, provider), asker);
      return { apiKey: await credentials.apiKey(provider) };
    },

    async GetResourceOauth2Token(input, asker) {
      const { workloadIdentityToken, resourceCredentialProviderName: provider, oauth2Flow: flow, scopes } = input;
      asker.note({ flow, scopes });
      const opened = await asking(workloadIdentityToken, oauth2ProviderArn(dependencies, provider), asker);
      return answerOf(await credentials.token(requestOf(input, opened)).catch(refusedBy(provider)));
    },

    async CompleteResourceTokenAuth({ userIdentifier, sessionUri }, { permit, note }) {
      const agent = await consents.agentOf(sessionUri);
      note({ agent });
      await permit(arnOf(agent)).catch(asIfNotThere);
      const consent = await consents.describe(sessionUri);
      if (consent === undefined) throw noConsent();
      note({ provider: oauth2ProviderArn(dependencies, consent.provider), scopes: consent.scopes });
      const user = await userOf(userIdentifier);
      note({ user });
      await consents.complete(sessionUri, user);
      return {};
    },
  };
}

/** @throws GatehouseError `validation` for a token on a user's behalf where no user is known. */
function requestOf(
  input: Checked<GetResourceOauth2TokenRequest>,
  { agent, agentSince, user, userToken }: OpenedToken,
): Parameters<Credentials["token"]>[0] {
  const { resourceCredentialProviderName: provider, scopes, oauth2Flow: flow } = input;
  // What an agent gets for itself is the same whoever it works for.
  const behalf = flow === "M2M" ? { agent } : { agent, agentSince, ...onBehalfOf(flow, user, userToken) };
  return {
    provider,
    scopes,
    flow,
    ...behalf,
    ...given("returnUrl", input.resourceOauth2ReturnUrl),
    ...given("customState", input.customState),
    ...given("customParameters", input.customParameters),
    ...given("audiences", input.audiences),
    ...given("resources", input.resources),
    ...given("forceAuthentication", input.forceAuthentication),
    ...given("sessionUri", input.sessionUri),
  };
}

/** Of consents of agents that somebody may not act for, they don't learn whether there are any. */
function asIfNotThere(error: unknown): never {
  throw error instanceof GatehouseError && error.code === "accessDenied" ? noConsent(error) : error;
}

function noConsent(cause?: GatehouseError): GatehouseError {
  const message =
    "There is no such consent that you could complete: it is over, was never begun, or is for an agent that you may not act for. Ask for the token anew.";
  return new GatehouseError("notFound", message, { cause });
}

function onBehalfOf(flow: string, user: User | undefined, userToken: string | undefined) {
  if (user === undefined) {
    throw ofToken(`knows no user, whom ${flow} needs; ask for it with GetWorkloadAccessTokenForJWT or -ForUserId`);
  }
  if (flow !== "ON_BEHALF_OF_TOKEN_EXCHANGE") return { user };
  if (userToken === undefined) {
    throw ofToken(`has no token of its user, which ${flow} begins with; ask for it with GetWorkloadAccessTokenForJWT`);
  }
  return { user, userToken };
}

function ofToken(message: string): GatehouseError {
  return invalid([{ name: "workloadIdentityToken", message }]);
}

function given<Name extends string, Value>(name: Name, value: Value | undefined): { [Key in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { [Key in Name]: Value }); // TypeScript forgets the one name.
}

function answerOf(answer: TokenAnswer): GetResourceOauth2TokenResponse {
  if ("accessToken" in answer) return { accessToken: answer.accessToken };
  const { authorizationUrl, sessionUri, sessionStatus } = answer;
  return { ...given("authorizationUrl", authorizationUrl), sessionUri, sessionStatus };
}

/** What an issuer answers is for whoever configured the provider to mend; that one doesn't answer is nobody's mistake. */
function refusedBy(provider: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof CredentialError)) throw error;
    const message = `The issuer of ${provider} gives no token: ${error.message}`;
    throw new GatehouseError(error.oauthError === undefined ? "internal" : "validation", message, { cause: error });
  };
}
