import type { ProtocolError } from "@modelcontextprotocol/server";
import { ifSealedHere, type Keyring } from "../../identity/vault/keyring.ts";
import type { Json } from "../../json.ts";
import { type Call, methodOf } from "../call.ts";
import { protocolError } from "../refusals.ts";

/**
 * Where the next page of a list begins. A cursor travels through the client, so it is sealed: nobody can read, alter or make
 * one, or use it for another list, at another gateway or in somebody else's place, and it expires (T24).
 */
export interface Cursors {
  seal(position: number, call: Call): Promise<string>;
  /** @throws ProtocolError -32602 for whatever was not sealed for this list as it is now, or too long ago. */
  open(cursor: Json, call: Call): Promise<number>;
}

const lifetimeMilliseconds = 3_600_000;

interface Sealed {
  readonly position: number;
  readonly expires: number;
}

/** Seals cursors with the deployment's key. */
export function createCursors({ keyring, now }: { readonly keyring: Keyring; readonly now: () => Date }): Cursors {
  return {
    seal(position, call) {
      const sealed: Sealed = { position, expires: now().getTime() + lifetimeMilliseconds };
      return keyring.seal(JSON.stringify(sealed), contextOf(call));
    },
    async open(cursor, call) {
      if (typeof cursor !== "string") throw invalid();
      const text = await ifSealedHere(keyring.open(cursor, contextOf(call)));
      if (text === undefined) throw invalid();
      const { position, expires } = JSON.parse(text) as Sealed; // Sealed above and nowhere else.
      if (now().getTime() >= expires) throw invalid();
      return position;
    },
  };
}

/** A list that has changed since has other positions: whoever reads it begins again. */
function contextOf({ snapshot, principal, message }: Call) {
  const { gatewayId, version } = snapshot.configuration.gateway;
  return {
    purpose: "cursor",
    gatewayId,
    version: String(version),
    principalType: principal.type,
    principalId: principal.id,
    method: methodOf(message) ?? "",
  };
}

function invalid(): ProtocolError {
  return protocolError("invalidCursor", {});
}
