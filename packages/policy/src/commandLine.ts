import { type ParseArgsConfig, parseArgs } from "node:util";
import { messageOf } from "@gatehouse/core/errors.ts";
import { UsageError } from "./problem.ts";

/** What the exit status says. */
export const exit = { good: 0, found: 1, usage: 2 } as const;

/** The options by which every command finds the gateway. */
export const gatewayOptions = {
  gateway: { type: "string" },
  "gateway-name": { type: "string" },
  set: { type: "string", multiple: true, default: [] as string[] },
} as const;

/** Reads a command's arguments. @throws UsageError for an option that there isn't, or without its value. */
export function readArguments<T extends NonNullable<ParseArgsConfig["options"]>>(args: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
}

/** The values of a document's variables, from `NAME=VALUE`. @throws UsageError for what isn't of this form. */
export function variablesOf(pairs: readonly string[]): Record<string, string> {
  const entries = pairs.map((pair): [string, string] => {
    const at = pair.indexOf("=");
    if (at < 1) throw new UsageError(`--set takes NAME=VALUE, not "${pair}".`);
    return [pair.slice(0, at), pair.slice(at + 1)];
  });
  return Object.fromEntries(entries);
}
