import { createHash } from "node:crypto";
import type { ProtocolError } from "@modelcontextprotocol/server";
import type { Principal } from "../identity/principal.ts";
import { ifSealedHere, type Keyring } from "../identity/vault/keyring.ts";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { protocolError } from "./refusals.ts";

/** The one request that a state belongs to, but for what its client adds to it. */
export interface StateBinding {
  readonly gatewayId: string;
  readonly targetId: string;
  readonly principal: Principal;
  readonly method: string;
  /** The tool or prompt by its target's own name, or the resource's address. */
  readonly name: string;
  readonly arguments: JsonObject;
}

/**
 * What a target wants back with the next attempt of a request that needs input (MCP 2026-07-28, "Multi Round-Trip
 * Requests"). It travels through the client, so it is sealed: nobody can read, alter or make one, use it for another
 * request, or in somebody else's place, and it expires (T24).
 */
export interface RequestStates {
  seal(state: string, binding: StateBinding): Promise<string>;
  /** @throws ProtocolError -32602 for whatever was not sealed for this very request, or too long ago. */
  open(sealed: Json, binding: StateBinding): Promise<string>;
}

/** Long enough for somebody to think about what they are asked. */
const lifetimeMilliseconds = 3_600_000;

/** Seals states with the deployment's key. */
export function createRequestStates(options: { readonly keyring: Keyring; readonly now: () => Date }): RequestStates {
  const { keyring, now } = options;
  return {
    seal: (state, binding) =>
      keyring.seal(JSON.stringify({ state, expires: now().getTime() + lifetimeMilliseconds }), contextOf(binding)),
    async open(sealed, binding) {
      if (typeof sealed !== "string") throw invalid();
      const text = await ifSealedHere(keyring.open(sealed, contextOf(binding)));
      if (text === undefined) throw invalid();
      // Sealed above and nowhere else.
      const { state, expires } = JSON.parse(text) as { readonly state: string; readonly expires: number };
      if (now().getTime() >= expires) throw invalid();
      return state;
    },
  };
}

function contextOf({ gatewayId, targetId, principal, method, name, arguments: args }: StateBinding) {
  return {
    purpose: "requestState",
    gatewayId,
    targetId,
    principalType: principal.type,
    principalId: principal.id,
    principalIssuer: principal.issuer ?? "",
    method,
    name,
    // What somebody has agreed to for some arguments they haven't for others.
    arguments: createHash("sha256").update(canonical(args)).digest("base64url"),
  };
}

/** JSON that doesn't depend on the order of members: a client may send the same in another. */
function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key] ?? null)}`);
  return `{${members.join(",")}}`;
}

function invalid(): ProtocolError {
  return protocolError("invalidRequestState", {}, { data: { reason: "invalid_request_state" } });
}
