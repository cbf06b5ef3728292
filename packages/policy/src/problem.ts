import { visible } from "@gatehouse/apply/visible.ts";
import { GatehouseError } from "@gatehouse/core/errors.ts";

/** A place in a file, counted from 1. */
export interface Place {
  readonly file: string;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

/** Something that is wrong, or surely not meant, or to be known, and where. */
export interface Finding {
  readonly severity: "error" | "warning" | "note";
  readonly place: Place;
  readonly message: string;
}

/** The command was used wrongly, or a file can't be used as what it was named for. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** As compilers write it, so that editors find the place: `file:line:column: message`. */
export function describeFinding({ severity, place, message }: Finding): string {
  const subject = severity === "error" ? message : `${severity}: ${message}`;
  return `${describePlace(place)}: ${subject}`.split("\n").map(visible).join("\n");
}

/** Whether something is to be mended. */
export function isWrong({ severity }: Finding): boolean {
  return severity !== "note";
}

function describePlace({ file, line, column }: Place): string {
  return [file, line, column].filter((part) => part !== undefined).join(":");
}

/** What a `GatehouseError` of reading a YAML file says, as findings of that file. @throws whatever else it is. */
export function findingsOf(error: unknown, file: string): Finding[] {
  if (!(error instanceof GatehouseError) || error.code !== "validation") throw error;
  return error.message.split("\n").map((text) => {
    const [, line, message = text] = /^line (\d+): (.*)$/s.exec(text) ?? [];
    return { severity: "error", place: { file, line: line === undefined ? undefined : Number(line) }, message };
  });
}

/** Policies, or the file of a gateway, that are not as they should be, so that nothing more can be said of them. */
export class FoundError extends Error {
  override readonly name = "FoundError";
  readonly findings: readonly Finding[];

  constructor(findings: readonly Finding[]) {
    super(findings.map(describeFinding).join("\n"));
    this.findings = findings;
  }
}
