import { createHash } from "node:crypto";
import type { OAuthCredentialProvider } from "@aws-sdk/client-bedrock-agentcore-control";
import type { TokenAnswer, TokenRequest, User } from "../../../identity/outbound/credentials.ts";
import { userOf } from "../../../identity/principal.ts";
import { isJsonObject, type JsonObject } from "../../../json.ts";
import { TargetError } from "../target.ts";
import { ConsentNeeded } from "./consentNeeded.ts";
import type { CredentialRequest } from "./credential.ts";
import { providerNameIn } from "./providerArn.ts";

/** Where a request may say how its consent goes (AgentCore, "Authentication with an authorization code grant"). */
export const consentMetaKey = "aws.bedrock-agentcore.gateway/credentialProviderConfiguration";

/**
 * The token that a request needs. Whose it is, is said by the verified principal and the gateway, and by nothing that the
 * request says.
 * @throws TargetError where there is nobody whose token it could be.
 */
export function tokenRequestOf(request: CredentialRequest, configured: OAuthCredentialProvider): TokenRequest {
  const { target, signal } = request;
  const { providerArn, scopes = [], customParameters } = configured;
  const common = {
    provider: providerNameIn(providerArn),
    agent: target.gatewayId,
    scopes,
    signal,
    ...(customParameters === undefined ? {} : { customParameters }),
  };
  switch (configured.grantType ?? "CLIENT_CREDENTIALS") {
    case "CLIENT_CREDENTIALS":
      return { ...common, flow: "M2M" };
    case "AUTHORIZATION_CODE":
      return { ...common, flow: "USER_FEDERATION", user: userIn(request), ...consentOf(request, configured) };
    case "TOKEN_EXCHANGE": {
      const user = userIn(request);
      if (request.userToken === undefined) throw unusable(target.name, "there is no token of the caller's to exchange");
      return { ...common, flow: "ON_BEHALF_OF_TOKEN_EXCHANGE", user, userToken: request.userToken };
    }
    default:
      throw unusable(target.name, `its grant type ${configured.grantType} is unknown`);
  }
}

/** The token of an answer. @throws ConsentNeeded where the user has to act first. */
export function tokenIn(answer: TokenAnswer, { target, consent }: CredentialRequest): string {
  if ("accessToken" in answer) return answer.accessToken;
  const { sessionUri, sessionStatus } = answer;
  // Whoever waits for a consent may be told nothing new of it.
  const sameUrl = consent?.sessionUri === sessionUri ? consent.authorizationUrl : undefined;
  const authorizationUrl = answer.authorizationUrl ?? sameUrl;
  if (sessionStatus === "FAILED") throw unusable(target.name, "the consent was refused, or has failed");
  if (authorizationUrl === undefined) throw unusable(target.name, "a consent is under way elsewhere");
  throw new ConsentNeeded(target.name, { sessionUri, authorizationUrl });
}

/** Tells a token from others without telling it. */
export function digestOf(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}

function userIn({ target, principal }: CredentialRequest): User {
  if (principal === undefined) throw unusable(target.name, "its credentials are a user's, and there is no user here");
  const user = userOf(principal);
  if (user === undefined) throw unusable(target.name, "its credentials are a user's, and the caller is none");
  return user;
}

/** A consent that was begun goes on; a new one may be asked for in another way than the target says. */
function consentOf(
  { consent, params }: CredentialRequest,
  { defaultReturnUrl }: OAuthCredentialProvider,
): Pick<TokenRequest, "sessionUri" | "returnUrl" | "allowedReturnUrls" | "forceAuthentication"> {
  const { returnUrl, forceAuthentication } = saidOf(params);
  const chosen = typeof returnUrl === "string" ? returnUrl : defaultReturnUrl;
  return {
    ...(chosen === undefined ? {} : { returnUrl: chosen }),
    // An administrator has said that this one is good; what a request says isn't.
    ...(defaultReturnUrl === undefined ? {} : { allowedReturnUrls: [defaultReturnUrl] }),
    // Who has just been asked anew is not asked again because the same request comes back.
    ...(consent !== undefined
      ? { sessionUri: consent.sessionUri }
      : forceAuthentication === true
        ? { forceAuthentication }
        : {}),
  };
}

function saidOf(params: JsonObject | undefined): JsonObject {
  const meta = isJsonObject(params?._meta) ? params._meta[consentMetaKey] : undefined;
  const said = isJsonObject(meta) ? meta.oauthCredentialProvider : undefined;
  return isJsonObject(said) ? said : {};
}

function unusable(target: string, reason: string): TargetError {
  return new TargetError(`${target} was not called: ${reason}.`, { code: "targetCredentialFailed" });
}
