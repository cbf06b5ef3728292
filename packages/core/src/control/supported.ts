import type { FieldError } from "../errors.ts";
import { invalid } from "./input.ts";

/**
 * Refuses members that AgentCore has and Gatehouse doesn't build yet: what was asked for and silently left out is worse
 * than what is refused.
 * @throws GatehouseError `validation` that names each of them.
 */
export function refuseMembers<T extends object>(input: T, path: string, ...members: (keyof T & string)[]): void {
  const fields = members
    .filter((member) => input[member] !== undefined)
    .map((member): FieldError => ({ name: `${path}${member}`, message: "is not part of Gatehouse yet" }));
  if (fields.length > 0) throw invalid(fields);
}

/** Refuses one member with a reason. */
export function refuse(name: string, message: string): never {
  throw invalid([{ name, message }]);
}
