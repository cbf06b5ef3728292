import { createHash } from "node:crypto";
import { GatehouseError } from "../errors.ts";
import type { ClientTokenRepository } from "../storage/clientTokenRepository.ts";
import type { Administrator } from "./administrator.ts";
import type { Operation } from "./operations.ts";

/** A request's client token: what it is remembered by, and what tells its input from another one's. */
export interface ClientTokenUse {
  readonly token: string;
  readonly inputDigest: string;
}

/**
 * The use that a request makes of a client token (the member that AWS's model marks as idempotency token). It counts
 * for one operation of one administrator: nobody gets the answer of somebody else's request.
 */
export function clientTokenOf(
  { name, input: schema }: Operation,
  input: Readonly<Record<string, unknown>>,
  { type, id }: Administrator,
): ClientTokenUse | undefined {
  const member = Object.entries(schema.getMemberSchemas()).find(([, of]) => of.getMergedTraits().idempotencyToken)?.[0];
  const given = member === undefined ? undefined : input[member];
  if (member === undefined || typeof given !== "string") return undefined;
  const { [member]: _, ...rest } = input;
  return { token: digestOf([type, id, name, given]), inputDigest: digestOf(rest) };
}

/**
 * What was answered when the token was used before, as JSON text; undefined where it wasn't.
 * @throws GatehouseError `conflict` when it was used for another input.
 */
export async function rememberedAnswer(
  clientTokens: ClientTokenRepository,
  { token, inputDigest }: ClientTokenUse,
): Promise<string | undefined> {
  const remembered = await clientTokens.find(token);
  if (remembered === undefined) return undefined;
  if (remembered.inputDigest === inputDigest) return remembered.answer;
  throw new GatehouseError(
    "conflict",
    "The clientToken was used for a request with other content within the last 24 hours; use a new one.",
  );
}

function digestOf(value: unknown): string {
  return createHash("sha256").update(canonical(value)).digest("base64url");
}

/** JSON whose objects have their members in the order of their names, so that equal inputs have equal texts. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
