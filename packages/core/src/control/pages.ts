import { createHash } from "node:crypto";
import { GatehouseError } from "../errors.ts";
import type { Keyring } from "../identity/vault/keyring.ts";
import type { Administrator } from "./administrator.ts";
import { invalid } from "./input.ts";
import type { Operation } from "./operations.ts";

const lifetimeMilliseconds = 24 * 3_600_000;

type Members = Readonly<Record<string, unknown>>;

/**
 * Page tokens as clients see them (T24): sealed, so that they can be neither read nor made up, bound to the
 * administrator, the operation and the list they were answered for, and good for a day.
 */
export function pageTokens(keyring: Keyring, now: () => Date = () => new Date()) {
  return {
    /** The input with the token as the repositories know it. @throws GatehouseError `validation` for any other text. */
    async open<Input extends Members>(
      operation: Pick<Operation, "name">,
      input: Input,
      administrator: Administrator,
    ): Promise<Input> {
      const { nextToken } = input;
      if (typeof nextToken !== "string") return input;
      const opened = await keyring
        .open(nextToken, contextOf(operation, input, administrator))
        .catch((error: unknown) => {
          throw error instanceof GatehouseError && error.code === "validation" ? wrongToken() : error;
        });
      const { token, expires } = JSON.parse(opened) as { token: string; expires: number }; // Sealed below, by nobody else.
      if (expires <= now().getTime()) throw wrongToken();
      return { ...input, nextToken: token };
    },

    /** The output with the token as the client may have it. */
    async seal<Output>(
      operation: Pick<Operation, "name">,
      input: Members,
      administrator: Administrator,
      output: Output,
    ): Promise<Output> {
      if (typeof output !== "object" || output === null || !("nextToken" in output)) return output;
      if (typeof output.nextToken !== "string") return output;
      const expires = now().getTime() + lifetimeMilliseconds;
      const text = JSON.stringify({ token: output.nextToken, expires });
      return { ...output, nextToken: await keyring.seal(text, contextOf(operation, input, administrator)) };
    },
  };
}

/** A page may be of another size than the one before; everything else of the request must be the same. */
function contextOf(
  { name }: Pick<Operation, "name">,
  input: Members,
  { type, id }: Administrator,
): Record<string, string> {
  const { nextToken: _, maxResults: __, ...list } = input;
  const digest = createHash("sha256")
    .update(JSON.stringify(Object.entries(list).sort()))
    .digest("base64url");
  return { purpose: "page", operation: name, list: digest, administrator: `${type}::${id}` };
}

function wrongToken(): GatehouseError {
  return invalid([
    { name: "nextToken", message: "is not one that this list has answered you within a day; start again without it" },
  ]);
}
