import type { TokenEndpointResponse, TokenEndpointResponseHelpers } from "openid-client";
import * as z from "zod";

/** What an issuer has given. Times are epoch milliseconds. */
export interface TokenSet {
  readonly accessToken: string;
  readonly refreshToken?: string;
  /** Absent where the issuer names no end. */
  readonly expiresAt?: number;
  /** From when on it is better to have a new one. */
  readonly refreshAt?: number;
}

/** A call must arrive before its token ends: this long before, and for short-lived tokens a fifth of their life. */
const longestMarginMilliseconds = 60_000;

const stored = z.object({
  accessToken: z.string(),
  refreshToken: z.string().optional(),
  expiresAt: z.number().optional(),
  refreshAt: z.number().optional(),
});

/** @param asked when the token was asked for: its life began then or later, so it never ends earlier than is thought. */
export function tokenSetOf(answer: TokenEndpointResponse & TokenEndpointResponseHelpers, asked: Date): TokenSet {
  const { access_token: accessToken, refresh_token: refreshToken } = answer;
  const seconds = answer.expires_in;
  return {
    accessToken,
    ...(refreshToken === undefined ? {} : { refreshToken }),
    ...(seconds === undefined ? {} : endingAt(asked.getTime(), asked.getTime() + seconds * 1_000)),
  };
}

/** When a token ends, and from when on a new one is asked for. */
export function endingAt(since: number, expiresAt: number): { readonly expiresAt: number; readonly refreshAt: number } {
  const margin = Math.min(longestMarginMilliseconds, (expiresAt - since) / 5);
  return { expiresAt, refreshAt: expiresAt - margin };
}

export function isAlive({ expiresAt }: TokenSet, now: number): boolean {
  return expiresAt === undefined || now < expiresAt;
}

export function isFresh({ expiresAt, refreshAt = expiresAt }: TokenSet, now: number): boolean {
  return refreshAt === undefined || now < refreshAt;
}

/** As text that is to be sealed. */
export function writeTokenSet(tokens: TokenSet): string {
  return JSON.stringify(tokens);
}

/** @param text what `writeTokenSet` has made. */
export function readTokenSet(text: string): TokenSet {
  // What `exactOptionalPropertyTypes` tells apart, JSON can't hold.
  return stored.parse(JSON.parse(text)) as TokenSet;
}
