import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from "jose";
import { LRUCache } from "lru-cache";
import * as z from "zod";
import { assertReachable, withoutQuery } from "../egress.ts";
import { type OutboundFetch, outboundFetch } from "../outbound.ts";

/** An OpenID Connect issuer, as its discovery document describes it. */
export interface Issuer {
  readonly issuer: string;
  readonly keys: JWTVerifyGetKey;
  /** The whole document; nothing in it but the issuer has been checked. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

const suffix = "/.well-known/openid-configuration";
const timeoutMilliseconds = 5_000;
/** The largest documents of issuers, with the keys of many of their tenants, are a tenth of it. */
const largestDocument = 1_000_000;
const discoveryDocument = z.looseObject({ issuer: z.string(), jwks_uri: z.string() });

/** The issuer that a discovery address belongs to (OpenID Connect Discovery 1.0, section 4). */
export function issuerOf(discoveryUrl: string): string {
  return discoveryUrl.endsWith(suffix) ? discoveryUrl.slice(0, -suffix.length) : discoveryUrl;
}

/**
 * Finds issuers by their discovery address and remembers them for ten minutes. Keys are fetched when a token first
 * needs them, again after ten minutes, and for an unknown `kid` at most once in 30 seconds, so that a flood of made-up
 * key ids does not become a flood of requests (T03).
 */
export function createIssuers(options: { allowLoopback: boolean; fetch?: OutboundFetch }): {
  find(discoveryUrl: string): Promise<Issuer>;
} {
  const fetchIt = options.fetch ?? outboundFetch;
  const known = new LRUCache<string, Issuer>({
    max: 1_000,
    ttl: 600_000,
    // One request for many callers; a failure is told to all of them and is not remembered.
    fetchMethod: (discoveryUrl) => discover(discoveryUrl),
  });

  async function discover(discoveryUrl: string): Promise<Issuer> {
    const response = await guarded(discoveryUrl);
    const metadata = discoveryDocument.parse(await response.json());
    const { issuer, jwks_uri } = metadata;
    if (issuer.replace(/\/$/, "") !== issuerOf(discoveryUrl).replace(/\/$/, "")) {
      throw new Error(
        `${withoutQuery(discoveryUrl)} names the issuer "${withoutQuery(issuer)}", which is not its own address`,
      );
    }
    const keys = createRemoteJWKSet(assertReachable(jwks_uri, options.allowLoopback), {
      cooldownDuration: 30_000,
      cacheMaxAge: 600_000,
      timeoutDuration: timeoutMilliseconds,
      [customFetch]: guarded,
    });
    return { issuer, keys, metadata };
  }

  // An issuer that fails is left alone for a while: forged tokens must not turn into requests to it (T03).
  const failing = new LRUCache<string, Error>({ max: 1_000, ttl: 5_000 });

  async function guarded(address: string, init: RequestInit = {}): Promise<Response> {
    const url = assertReachable(address, options.allowLoopback);
    const failure = failing.get(address);
    if (failure !== undefined) throw failure;
    try {
      const signal = init.signal ?? AbortSignal.timeout(timeoutMilliseconds);
      const limits = { bodyBytes: largestDocument, eventBytes: 0, streamBytes: 0 };
      const response = await fetchIt(url, { ...init, signal, allowLoopback: options.allowLoopback, limits });
      if (!response.ok) throw new Error(`${withoutQuery(address)} answered ${response.status}`);
      return response;
    } catch (error) {
      failing.set(address, error instanceof Error ? error : new Error(String(error)));
      throw error;
    }
  }

  return {
    async find(discoveryUrl) {
      const issuer = await known.fetch(discoveryUrl);
      if (issuer === undefined) throw new Error(`no issuer at ${withoutQuery(discoveryUrl)}`);
      return issuer;
    },
  };
}
