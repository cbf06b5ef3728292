import { createHash } from "node:crypto";
import type { GatewayRecord } from "../../storage/records.ts";
import { gatewayUrlOf } from "../../tools.ts";
import type { IdentityRequest } from "../http.ts";
import { CredentialError } from "../outbound/credentials.ts";
import { isForm } from "../pages/forms.ts";
import { persistently } from "../persistently.ts";
import { NotSealedHere } from "../vault/keyring.ts";
import { json, OauthError, parametersOf } from "./answers.ts";
import { isResource } from "./authorize.ts";
import type { FacadeDependencies } from "./dependencies.ts";
import {
  beginGrant,
  endGrant,
  grantContext,
  grantEnd,
  grantOf,
  openRefreshToken,
  sealRefreshToken,
  tellIssuer,
} from "./grants.ts";
import type { IssuerClient, IssuerTokens } from "./issuerClient.ts";
import { takeCode } from "./sealedState.ts";

/**
 * The token endpoint (RFC 6749, section 3.2). Clients have no secrets; what proves them is what they alone have: the PKCE
 * verifier of their code, and refresh tokens that are good once (RFC 9700, section 4.14.2). The access token is the issuer's,
 * and is given only where this gateway would accept it: what it gave for another API is nothing for a stranger (T01).
 * @throws OauthError
 */
export async function token(
  request: IdentityRequest,
  gateway: GatewayRecord,
  issuer: IssuerClient,
  dependencies: FacadeDependencies,
): Promise<Response> {
  if (!isForm(request.headers)) {
    throw new OauthError("invalid_request", "The body must be application/x-www-form-urlencoded.");
  }
  const form = parametersOf(new URLSearchParams(request.body));
  if (request.headers.has("authorization") || form.has("client_secret")) {
    throw new OauthError("invalid_client", "Clients have no secrets here: the token_endpoint_auth_method is none.");
  }
  const resource = form.get("resource");
  if (resource !== undefined && !isResource(resource, gatewayUrlOf(dependencies.url, gateway.gatewayId))) {
    throw new OauthError("invalid_target", "The resource must be the address of this gateway.");
  }
  switch (form.get("grant_type")) {
    case "authorization_code":
      return redeem(form, gateway, issuer, dependencies);
    case "refresh_token":
      return refresh(form, gateway, issuer, dependencies);
    default:
      throw new OauthError("unsupported_grant_type", "There are authorization_code and refresh_token.");
  }
}

async function redeem(
  form: ReadonlyMap<string, string>,
  gateway: GatewayRecord,
  issuer: IssuerClient,
  dependencies: FacadeDependencies,
): Promise<Response> {
  const handle = form.get("code") ?? "";
  // Taken first: a code is good for one attempt, whatever comes of it.
  const code = await takeCode(dependencies, handle);
  if (code?.state === "PRESENTED_AGAIN") {
    // Whoever has it besides may have been the first: nobody keeps what came of it (RFC 6749, sections 4.1.2 and 10.5).
    await endGrant({ grant: grantOf(handle), clientId: code.clientId }, gateway, issuer, dependencies);
  }
  const isGood =
    code?.state === "GOOD" &&
    code.gatewayId === gateway.gatewayId &&
    code.discoveryUrl === issuer.discoveryUrl &&
    code.clientId === form.get("client_id") &&
    code.redirectUri === form.get("redirect_uri") &&
    proves(form.get("code_verifier") ?? "", code.codeChallenge);
  if (!isGood) {
    throw new OauthError(
      "invalid_grant",
      "The code is unknown, was used before or has expired, or client_id, redirect_uri and code_verifier aren't its own.",
    );
  }
  const signIn = { state: code.issuerState, verifier: code.verifier };
  const tokens = await asked(issuer.exchange(new URLSearchParams(code.callback), signIn), gateway, dependencies);
  await checkToken(tokens.accessToken, gateway, dependencies);
  if (tokens.refreshToken === undefined) return answer(tokens, undefined);
  const grant = { grant: grantOf(handle), clientId: code.clientId };
  const refreshToken = await beginGrant(tokens.refreshToken, grant, gateway, issuer, dependencies);
  if (refreshToken === undefined) {
    throw new OauthError("invalid_grant", "The code was presented a second time, which ends the sign-in.");
  }
  return answer(tokens, refreshToken);
}

async function refresh(
  form: ReadonlyMap<string, string>,
  gateway: GatewayRecord,
  issuer: IssuerClient,
  dependencies: FacadeDependencies,
): Promise<Response> {
  const { keyring, store, now } = dependencies;
  const over = (why: string) => new OauthError("invalid_grant", `The refresh token is no longer good: ${why}.`);
  const presented = await openRefreshToken(form.get("refresh_token") ?? "", gateway, dependencies);
  if (presented === undefined || presented.clientId !== form.get("client_id")) throw over("it isn't this client's");
  const { grant, clientId, turn } = presented;

  const taken = await store.takeTurn(grant, turn, now());
  if (taken === "REPLAYED") await endGrant(presented, gateway, issuer, dependencies);
  if (typeof taken === "string") {
    throw over(taken === "ENDED" ? "it was ended; sign in again" : "it was used before");
  }
  const context = grantContext(presented, gateway, issuer);
  try {
    const old = await keyring.open(taken.sealed, context).catch((error: unknown) => {
      throw error instanceof NotSealedHere ? over("the gateway's users sign in at another issuer now") : error;
    });
    const tokens = await asked(issuer.refresh(old), gateway, dependencies);
    const sealed = await keyring.seal(tokens.refreshToken ?? old, context);
    const finished = await persistently(() => store.finishTurn(grant, turn, sealed, grantEnd(now())));
    if (!finished) {
      await tellIssuer(tokens.refreshToken ?? old, gateway, issuer, dependencies);
      throw over("it was ended meanwhile");
    }
    await checkToken(tokens.accessToken, gateway, dependencies);
    return answer(tokens, await sealRefreshToken({ grant, clientId, turn: turn + 1 }, gateway, dependencies));
  } catch (error) {
    // What the issuer refuses it refuses for good; what failed may be tried again, with the same token.
    if (error instanceof OauthError && error.code === "invalid_grant") await store.endGrant(grant, grantEnd(now()));
    else await store.giveBackTurn(grant, turn);
    throw error;
  }
}

/** What the issuer answers, its refusals told the administrator and its codes as the client may know them. */
async function asked(
  answer: Promise<IssuerTokens>,
  { gatewayId }: GatewayRecord,
  { onFailure }: FacadeDependencies,
): Promise<IssuerTokens> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof CredentialError)) throw error;
    if (error.oauthError === "invalid_grant") {
      throw new OauthError("invalid_grant", "The issuer takes this sign-in no longer; sign in again.");
    }
    onFailure(error.message, { gatewayId });
    const isRefusal = error.oauthError !== undefined;
    throw isRefusal
      ? new OauthError(
          "server_error",
          "The issuer refused the gateway's own client; its administrators have been told.",
        )
      : new OauthError("temporarily_unavailable", "The issuer gave no token; try again.");
  }
}

/** @throws OauthError saying why this gateway would not take the issuer's token. */
async function checkToken(
  accessToken: string,
  { gatewayId, version, authorizerConfiguration }: GatewayRecord,
  { verifier, onFailure }: FacadeDependencies,
): Promise<void> {
  const rules = authorizerConfiguration?.customJWTAuthorizer ?? { discoveryUrl: undefined };
  const verification = await verifier.verify(accessToken, rules, `${gatewayId}@${version}`);
  if (verification.ok) return;
  const { kind, message } = verification.refusal;
  onFailure(`The issuer gave a token that the gateway does not accept: ${message}.`, { gatewayId });
  const code = kind === "insufficient_scope" ? "invalid_scope" : "invalid_target";
  throw new OauthError(code, `The issuer gave a token that this gateway does not accept: ${message}.`);
}

function answer({ accessToken, expiresIn, scope }: IssuerTokens, refreshToken: string | undefined): Response {
  return json({
    access_token: accessToken,
    token_type: "Bearer",
    ...(expiresIn === undefined ? {} : { expires_in: expiresIn }),
    ...(scope === undefined ? {} : { scope }),
    ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
  });
}

/** RFC 7636, sections 4.1 and 4.6. What is compared are digests, which tell nothing by the time that it takes. */
function proves(verifier: string, challenge: string): boolean {
  return /^[\w.~-]{43,128}$/.test(verifier) && createHash("sha256").update(verifier).digest("base64url") === challenge;
}
