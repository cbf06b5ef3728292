import * as z from "zod";
import type { JsonObject } from "../../json.ts";
import type { Reading } from "../../model/askForObject.ts";
import { longestExplanation } from "../evaluation.ts";

/** What a judge says of something. */
export interface JudgedAs {
  readonly label: string;
  readonly explanation: string;
}

const verdict = z.object({
  reasoning: z.string().trim().min(1),
  // Of labels such as 1 and true, some models make what they look like.
  label: z.union([z.string(), z.number(), z.boolean()]).transform(String),
});

/**
 * Reads a verdict. Its label is one of the question's or there is none: nothing else that a model says has any effect
 * (T17). Of another spelling is only taken what can't be mistaken: case, spaces, and quotes or a full stop around it.
 */
export function readVerdict(object: JsonObject, labels: readonly string[]): Reading<JudgedAs> {
  const { success, data, error } = verdict.safeParse(object);
  if (!success) {
    const members = [...new Set(error.issues.map(({ path: [member] }) => `"${String(member)}"`))].join(" and ");
    return { problem: `Its ${members} must be text that isn't empty.` };
  }
  const label = labelOf(data.label, labels);
  if (label === undefined) return { problem: `Its "label" must be one of these: ${JSON.stringify(labels)}.` };
  return { value: { label, explanation: explanationOf(data.reasoning) } };
}

function labelOf(said: string, labels: readonly string[]): string | undefined {
  if (labels.includes(said)) return said;
  const alike = labels.filter((label) => folded(label) === folded(said));
  return alike.length === 1 ? alike[0] : undefined;
}

function folded(label: string): string {
  return label
    .normalize("NFKC")
    .replaceAll(/^[\s"'*`]+|[\s"'*`.]+$/g, "")
    .replaceAll(/\s+/g, " ")
    .toLowerCase();
}

/** Without what is invisible and isn't a line's end, because people read it in terminals and on pages. */
function explanationOf(reasoning: string): string {
  return reasoning
    .replaceAll(/[^\P{C}\n\t]/gu, "")
    .slice(0, longestExplanation)
    .toWellFormed();
}
