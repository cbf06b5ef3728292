import { createHash } from "node:crypto";
import { digestOf } from "../../storage/facadeRepository.ts";
import type { GatewayRecord } from "../../storage/records.ts";
import { toldOf } from "../pages/refused.ts";
import { ifSealedHere } from "../vault/keyring.ts";
import type { FacadeDependencies } from "./dependencies.ts";
import type { IssuerClient } from "./issuerClient.ts";

/** What a client may have tokens by until it is ended: a sign-in. */
export interface Grant {
  /** The handle that it is stored under. */
  readonly grant: string;
  readonly clientId: string;
}

/** What a client's refresh token holds, sealed. Each is good for one turn; the issuer's own stays in the vault. */
interface RefreshToken extends Grant {
  readonly turn: number;
}

type Gateway = Pick<GatewayRecord, "gatewayId">;

const refreshPrefix = "gwrt_";
/** From its last use on. */
const grantMilliseconds = 90 * 86_400_000;

export const grantEnd = (now: Date) => new Date(now.getTime() + grantMilliseconds);

/** The grant that comes of a code, so that whoever presents the code again names what is to be ended. */
export function grantOf(code: string): string {
  return createHash("sha256").update(`grant of ${code}`).digest("base64url");
}

/**
 * Stores what the issuer has given.
 * @returns the client's first refresh token; undefined where the grant was ended before it began.
 */
export async function beginGrant(
  refreshToken: string,
  grant: Grant,
  gateway: Gateway,
  issuer: IssuerClient,
  dependencies: FacadeDependencies,
): Promise<string | undefined> {
  const { keyring, store, now } = dependencies;
  const sealed = await keyring.seal(refreshToken, grantContext(grant, gateway, issuer));
  if (await store.putGrant(grant.grant, sealed, grantEnd(now()))) {
    return sealRefreshToken({ ...grant, turn: 0 }, gateway, dependencies);
  }
  await tellIssuer(refreshToken, gateway, issuer, dependencies);
  return undefined;
}

/** Ends a grant that somebody else may have a part of: here, and at an issuer that can be told. */
export async function endGrant(
  grant: Grant,
  gateway: Gateway,
  issuer: IssuerClient,
  dependencies: FacadeDependencies,
): Promise<void> {
  const { keyring, store, now } = dependencies;
  const sealed = await store.endGrant(grant.grant, grantEnd(now()));
  if (sealed === undefined) return;
  // Of another gateway or issuer it doesn't open, and that issuer isn't told.
  const refreshToken = await ifSealedHere(keyring.open(sealed, grantContext(grant, gateway, issuer)));
  if (refreshToken !== undefined) await tellIssuer(refreshToken, gateway, issuer, dependencies);
}

/** Has the issuer revoke a refresh token. It is over here in any case, so that a failure is told administrators alone. */
export async function tellIssuer(
  refreshToken: string,
  { gatewayId }: Gateway,
  issuer: IssuerClient,
  { onFailure }: FacadeDependencies,
): Promise<void> {
  try {
    await issuer.revoke(refreshToken);
  } catch (error) {
    onFailure(`A sign-in that was ended may go on at the issuer: ${toldOf(error)}`, { gatewayId });
  }
}

export async function sealRefreshToken(
  content: RefreshToken,
  { gatewayId }: Gateway,
  { keyring }: FacadeDependencies,
): Promise<string> {
  return `${refreshPrefix}${await keyring.seal(JSON.stringify(content), refreshContext(gatewayId))}`;
}

/** What a refresh token holds; undefined for one that was not given out at this gateway. */
export async function openRefreshToken(
  presented: string,
  { gatewayId }: Gateway,
  { keyring }: FacadeDependencies,
): Promise<RefreshToken | undefined> {
  if (!presented.startsWith(refreshPrefix)) return undefined;
  const text = await ifSealedHere(keyring.open(presented.slice(refreshPrefix.length), refreshContext(gatewayId)));
  // Sealed above and nowhere else.
  return text === undefined ? undefined : JSON.parse(text);
}

const refreshContext = (gatewayId: string) => ({ is: "facade-refresh-token", gateway: gatewayId });

/** A gateway can come to trust another issuer: what the one has given is never sent to the other. */
export function grantContext(
  { grant, clientId: client }: Grant,
  { gatewayId }: Gateway,
  { discoveryUrl }: Pick<IssuerClient, "discoveryUrl">,
) {
  return { is: "facade-grant", grant: digestOf(grant), client, gateway: gatewayId, issuer: discoveryUrl };
}
