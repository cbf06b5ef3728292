import type { DetailedError } from "@cedar-policy/cedar-wasm/nodejs";

/** The namespace of everything that AgentCore's policies speak of. */
export const namespace = "AgentCore";

/** The Cedar type of actions, fully qualified. */
export const actionType = `${namespace}::Action`;

/** The Cedar type of gateways, the resource of every request. */
export const gatewayType = `${namespace}::Gateway`;

/** The name of a type within the namespace. */
export function unqualified(type: string): string {
  return type.startsWith(`${namespace}::`) ? type.slice(namespace.length + 2) : type;
}

/** A Cedar entity's name: its type and its id. */
export interface EntityUid {
  readonly type: string;
  readonly id: string;
}

/** The uid however Cedar's JSON writes it: bare, or wrapped in `__entity`. */
export function uidOf(uid: EntityUid | { readonly __entity: EntityUid }): EntityUid {
  return "__entity" in uid ? uid.__entity : uid;
}

/** What Cedar says is wrong, in one line, with its hint and, where the text is known, line and column (from 1). */
export function describeErrors(errors: readonly DetailedError[], text?: string): string {
  return errors.map((error) => describeError(error, text)).join("; ") || "Cedar gave no reason";
}

function describeError(error: DetailedError, text: string | undefined): string {
  const location = error.sourceLocations?.[0];
  const position = text !== undefined && location ? `${positionAt(text, location.start)}: ` : "";
  const hints = [location?.label, error.help].filter(Boolean);
  return `${position}${error.message}${hints.length > 0 ? ` (${hints.join("; ")})` : ""}`;
}

/** Cedar counts UTF-8 bytes; people count lines and characters. */
function positionAt(text: string, byte: number): string {
  const before = Buffer.from(text, "utf8").subarray(0, byte).toString("utf8").split("\n");
  return `line ${before.length}, column ${[...(before.at(-1) ?? "")].length + 1}`;
}
