import { LRUCache } from "lru-cache";
import * as z from "zod";
import { assertReachable } from "../../egress.ts";
import { messageOf } from "../../errors.ts";
import { type OutboundFetch, outboundFetch } from "../../outbound.ts";
import { hiddenCharactersIn } from "../../review/hiddenCharacters.ts";
import type { FacadeClient } from "./clients.ts";
import { complaintAbout } from "./redirectUris.ts";

/** Why a client's document is of no use; the message is for whoever has published it. */
export class DocumentError extends Error {
  override readonly name = "DocumentError";
}

const timeoutMilliseconds = 5_000;
/** Twice of what the draft recommends (section 8.8). */
const largestDocument = 10_000;
const longestClientId = 500;
const seconds = { least: 60, usual: 300, most: 3_600 } as const;

const documentOf = (clientId: string) =>
  z.looseObject({
    client_id: z.literal(clientId),
    client_name: z
      .string()
      .trim()
      .min(1)
      .max(100)
      .refine((name) => hiddenCharactersIn(name).length === 0, "must not hold hidden characters"),
    redirect_uris: z.array(z.string()).min(1).max(50),
    // A client whose metadata everybody can read has no secret (section 4.1), and keys of clients aren't asked for here.
    token_endpoint_auth_method: z.literal("none").optional(),
    client_secret: z.undefined().optional(),
    client_secret_expires_at: z.undefined().optional(),
    grant_types: z
      .array(z.string())
      .refine((types) => types.includes("authorization_code"), "needs authorization_code")
      .optional(),
    response_types: z
      .array(z.string())
      .refine((types) => types.includes("code"), "needs code")
      .optional(),
  });

/** Whether a client's id is the address of its document. */
export function isDocumentAddress(clientId: string): boolean {
  return /^https?:\/\//.test(clientId);
}

/**
 * Clients whose id is the https address of a document about them (OAuth Client ID Metadata Document, draft 02; MCP
 * 2026-07-28, "Client Registration"). Documents are kept as long as they say, from a minute to an hour; what fails isn't.
 */
export function createDocuments(options: { readonly allowLoopback: boolean; readonly fetch?: OutboundFetch }): {
  /** @throws DocumentError */
  find(clientId: string): Promise<FacadeClient>;
  /** Whether `find` needs no request. */
  isKnown(clientId: string): boolean;
} {
  const { allowLoopback, fetch: fetchIt = outboundFetch } = options;
  const known = new LRUCache<string, FacadeClient>({ max: 500, ttl: 1 });

  async function load(clientId: string, url: URL): Promise<FacadeClient> {
    const response = await fetchIt(url, {
      allowLoopback,
      headers: { accept: "application/json" },
      signal: AbortSignal.timeout(timeoutMilliseconds),
      limits: { bodyBytes: largestDocument, eventBytes: 0, streamBytes: 0 },
    });
    if (response.status !== 200) throw new DocumentError(`it answers with the status ${response.status}`);
    if (!/^application\/([\w.-]+\+)?json\b/i.test(response.headers.get("content-type") ?? "")) {
      throw new DocumentError("it is no application/json");
    }
    const parsed = documentOf(clientId).safeParse(await response.json());
    if (!parsed.success) {
      const { path, message } = parsed.error.issues[0] ?? { path: [], message: "malformed" };
      throw new DocumentError(`${path.join(".") || "it"}: ${message}`);
    }
    const { client_name: name, redirect_uris } = parsed.data;
    const redirectUris = redirect_uris.filter((uri) => complaintAbout(uri) === undefined);
    const client = { clientId, name, redirectUris, host: url.host };
    const ttl = freshSeconds(response.headers.get("cache-control") ?? "") * 1_000;
    if (ttl > 0) known.set(clientId, client, { ttl });
    return client;
  }

  return {
    isKnown: (clientId) => known.has(clientId),
    async find(clientId) {
      const url = addressOf(clientId, allowLoopback);
      const client = known.get(clientId);
      if (client !== undefined) return client;
      try {
        return await load(clientId, url);
      } catch (error) {
        // Of a failed connection nothing is told: it would say what there is behind an address that a stranger has named.
        const reason = error instanceof DocumentError ? error.message : "it can't be fetched as JSON";
        throw new DocumentError(`The client's document ${clientId} can't be used: ${reason}.`);
      }
    },
  };
}

/** An address as the draft wants it (section 3), in normal form, so that no two texts mean the same client. */
function addressOf(clientId: string, allowLoopback: boolean): URL {
  const refuse = (reason: string) => new DocumentError(`The client_id is the address of a document, which ${reason}.`);
  if (clientId.length > longestClientId) throw refuse(`may have ${longestClientId} characters`);
  let url: URL;
  try {
    url = assertReachable(clientId, allowLoopback);
  } catch (error) {
    throw refuse(`can't be fetched: ${messageOf(error)}`);
  }
  if (url.href !== clientId || url.hash !== "") throw refuse("must be in normal form and without a fragment");
  if (url.pathname === "/") throw refuse("must have a path");
  return url;
}

function freshSeconds(cacheControl: string): number {
  if (/\bno-(store|cache)\b/i.test(cacheControl)) return 0;
  const [, age] = /\bmax-age=(\d{1,9})\b/i.exec(cacheControl) ?? [];
  return age === undefined ? seconds.usual : Math.min(Math.max(Number(age), seconds.least), seconds.most);
}
