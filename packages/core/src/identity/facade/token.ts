import { createHash } from "node:crypto";
import { digestOf } from "../../storage/facadeRepository.ts";
import type { GatewayRecord } from "../../storage/records.ts";
import { gatewayUrlOf } from "../../tools.ts";
import type { IdentityRequest } from "../http.ts";
import { CredentialError } from "../outbound/credentials.ts";
import { isForm } from "../pages/forms.ts";
import { persistently } from "../persistently.ts";
import { unguessable } from "../unguessable.ts";
import { ifSealedHere, NotSealedHere } from "../vault/keyring.ts";
import { json, OauthError, parametersOf } from "./answers.ts";
import { isResource } from "./authorize.ts";
import type { FacadeDependencies } from "./dependencies.ts";
import type { IssuerClient, IssuerTokens } from "./issuerClient.ts";
import { takeKept } from "./sealedState.ts";

/** What a client's refresh token holds, sealed. Each is good for one turn; the issuer's own stays in the vault. */
interface RefreshToken {
  readonly grant: string;
  readonly clientId: string;
  readonly turn: number;
}

const refreshPrefix = "gwrt_";
/** From its last use on. */
const grantMilliseconds = 90 * 86_400_000;

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
  // Taken away first: a code is good for one attempt, whatever comes of it.
  const code = await takeKept(dependencies, "CODE", form.get("code") ?? "");
  const isGood =
    code !== undefined &&
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
  const refreshToken =
    tokens.refreshToken && (await newGrant(tokens.refreshToken, code.clientId, gateway, issuer, dependencies));
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
  const presented = await opened(form.get("refresh_token") ?? "", gateway, dependencies);
  if (presented === undefined || presented.clientId !== form.get("client_id")) throw over("it isn't this client's");
  const { grant, clientId, turn } = presented;

  const taken = await store.takeTurn(grant, turn, now());
  if (taken === "REPLAYED") await store.endGrant(grant);
  if (typeof taken === "string") {
    throw over(taken === "ENDED" ? "it was ended; sign in again" : "it was used before");
  }
  const context = grantContext(grant, clientId, gateway, issuer);
  try {
    const old = await keyring.open(taken.sealed, context).catch((error: unknown) => {
      throw error instanceof NotSealedHere ? over("the gateway's users sign in at another issuer now") : error;
    });
    const tokens = await asked(issuer.refresh(old), gateway, dependencies);
    const sealed = await keyring.seal(tokens.refreshToken ?? old, context);
    const finished = await persistently(() => store.finishTurn(grant, turn, sealed, expiry(now())));
    if (!finished) throw over("it was ended meanwhile");
    await checkToken(tokens.accessToken, gateway, dependencies);
    return answer(tokens, await sealRefreshToken({ grant, clientId, turn: turn + 1 }, gateway, dependencies));
  } catch (error) {
    // What the issuer refuses it refuses for good; what failed may be tried again, with the same token.
    if (error instanceof OauthError && error.code === "invalid_grant") await store.endGrant(grant);
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

async function newGrant(
  refreshToken: string,
  clientId: string,
  gateway: GatewayRecord,
  issuer: IssuerClient,
  dependencies: FacadeDependencies,
): Promise<string> {
  const { keyring, store, now } = dependencies;
  const grant = unguessable();
  const sealed = await keyring.seal(refreshToken, grantContext(grant, clientId, gateway, issuer));
  await store.putGrant(grant, sealed, expiry(now()));
  return sealRefreshToken({ grant, clientId, turn: 0 }, gateway, dependencies);
}

async function sealRefreshToken(
  content: RefreshToken,
  { gatewayId }: GatewayRecord,
  { keyring }: FacadeDependencies,
): Promise<string> {
  return `${refreshPrefix}${await keyring.seal(JSON.stringify(content), refreshContext(gatewayId))}`;
}

async function opened(
  presented: string,
  { gatewayId }: GatewayRecord,
  { keyring }: FacadeDependencies,
): Promise<RefreshToken | undefined> {
  if (!presented.startsWith(refreshPrefix)) return undefined;
  const text = await ifSealedHere(keyring.open(presented.slice(refreshPrefix.length), refreshContext(gatewayId)));
  // Sealed above and nowhere else.
  return text === undefined ? undefined : JSON.parse(text);
}

const refreshContext = (gatewayId: string) => ({ is: "facade-refresh-token", gateway: gatewayId });
/** A gateway can come to trust another issuer: what the one has given is never sent to the other. */
const grantContext = (
  grant: string,
  client: string,
  { gatewayId }: GatewayRecord,
  { discoveryUrl }: Pick<IssuerClient, "discoveryUrl">,
) => ({ is: "facade-grant", grant: digestOf(grant), client, gateway: gatewayId, issuer: discoveryUrl });
const expiry = (now: Date) => new Date(now.getTime() + grantMilliseconds);

/** RFC 7636, sections 4.1 and 4.6. What is compared are digests, which tell nothing by the time that it takes. */
function proves(verifier: string, challenge: string): boolean {
  return /^[\w.~-]{43,128}$/.test(verifier) && createHash("sha256").update(verifier).digest("base64url") === challenge;
}
