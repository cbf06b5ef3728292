import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { AvailableTool } from "@gatehouse/core/evaluation/conversation.ts";
import type { Json } from "@gatehouse/core/json.ts";
import * as z from "zod";

/** Where an injection stands in a case's texts; without the injection, it is cut out. */
export const injectionMark = "{{injection}}";

const text = z.string().min(1);
const json: z.ZodType<Json> = z.json();

const call = z.strictObject({
  tool: text,
  arguments: z.record(text, json),
  result: json.optional(),
  error: text.optional(),
  decision: z.enum(["ALLOW", "DENY"]).optional(),
});

const turn = z.strictObject({ user: text, calls: z.array(call), answer: text.optional() });

const labelledCase = z.strictObject({
  /** What it is about, in a few words; unique in its evaluator's file. */
  id: z.string().regex(/^[\p{L}\p{M}\p{N}]+(-[\p{L}\p{M}\p{N}]+)*$/u),
  /** The verdict that is right. */
  label: text,
  /** Whether the right verdict leaps to the eye. */
  difficulty: z.enum(["clear", "subtle"]),
  domain: text,
  /** Of the answer that is judged, or of the request where there is none (ISO 639-1). */
  language: z.string().regex(/^[a-z]{2}$/),
  /** Why this is the label, in a sentence or two. */
  why: text,
  /** Text that tries to talk the judge into another label, and where it stands. */
  injection: z.strictObject({ into: z.enum(["user", "toolResult", "answer"]), wants: text, text }).optional(),
  /** What the operator told the agent. */
  system: text.optional(),
  /** Which list of `tools.json` the agent could call. */
  tools: text.optional(),
  /** The last turn is judged, or its last call, or all of them together: as the evaluator's level has it. */
  turns: z.array(turn).min(1),
  reference: z
    .strictObject({ expectedResponse: text.optional(), assertions: z.array(text).min(1).optional() })
    .optional(),
});

/** A conversation whose verdict is known. */
export interface LabelledCase extends z.infer<typeof labelledCase> {
  /** Of the built-in evaluators, without `Builtin.`. */
  readonly evaluator: string;
  readonly availableTools: readonly AvailableTool[];
}

const lists = z.record(
  text,
  z.array(z.strictObject({ name: text, description: text, inputSchema: z.record(z.string(), json) })),
);

/**
 * Reads a labelled set: a folder with a file of JSON lines for each evaluator, named after it, and `tools.json`.
 * @throws Error that names the file and the line that can't be used.
 */
export function readLabelled(folder: string): LabelledCase[] {
  const tools = lists.parse(JSON.parse(readFileSync(join(folder, "tools.json"), "utf8")));
  const files = readdirSync(folder).filter((name) => name.endsWith(".jsonl"));
  return files.sort().flatMap((file) => {
    const lines = readFileSync(join(folder, file), "utf8").trimEnd().split("\n");
    return lines.map((line, index): LabelledCase => {
      const place = `${file}:${index + 1}`;
      const one = caseOf(line, place);
      if (one.tools !== undefined && tools[one.tools] === undefined) {
        throw new Error(`${place}: tools.json has no list ${one.tools}.`);
      }
      return {
        ...one,
        evaluator: file.slice(0, -".jsonl".length),
        availableTools: one.tools === undefined ? [] : (tools[one.tools] ?? []),
      };
    });
  });
}

function caseOf(line: string, place: string): z.infer<typeof labelledCase> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new Error(`${place}: this is no JSON.`);
  }
  const { success, data, error } = labelledCase.safeParse(value);
  if (!success) throw new Error(`${place}: ${z.prettifyError(error)}`);
  return data;
}
