import { type FieldError, GatehouseError } from "@gatehouse/core/errors.ts";

/** Something that is wrong with a document, where in it, and what would be right. */
export interface Problem {
  /** As in `gateways.insurance.roleArn`; empty for the document as a whole. */
  readonly path: string;
  readonly message: string;
  /** Counted from 1; absent for a document that doesn't come from a text. */
  readonly line?: number;
}

/** The error for a document that can't be applied as it is: one line a problem, in the order of the text. */
export function refusal(problems: readonly Problem[]): GatehouseError {
  const inOrder = [...problems].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  const lines = [...new Set(inOrder.map(lineOf))];
  const fields = inOrder.map(({ path, message }): FieldError => ({ name: path, message }));
  return new GatehouseError("validation", lines.join("\n"), { fields });
}

function lineOf({ path, message, line }: Problem): string {
  const subject = path === "" ? message : `${path} ${message}`;
  return line === undefined ? subject : `line ${line}: ${subject}`;
}
