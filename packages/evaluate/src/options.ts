import { readArguments } from "@gatehouse/policy/commandLine.ts";
import { UsageError } from "@gatehouse/policy/problem.ts";

/** What the command line asks for. */
export interface Options {
  readonly spans: readonly string[];
  /** The evaluators' names, as they were written; none where all of the file of evaluators are meant. */
  readonly evaluators: readonly string[];
  /** A file of evaluators of one's own. */
  readonly own?: string | undefined;
  readonly reference?: string | undefined;
  /** Which sessions; all where none is said. */
  readonly sessions: readonly string[];
  /** `NAME=NUMBER`. */
  readonly thresholds: readonly string[];
  readonly junit?: string | undefined;
  readonly json?: string | undefined;
}

const list = { type: "string", multiple: true, default: [] as string[] } as const;
const text = { type: "string" } as const;

/** @throws UsageError for an option that there isn't, and where one is missing. */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = readArguments(args, {
    spans: list,
    evaluators: list,
    own: text,
    reference: text,
    session: list,
    threshold: list,
    junit: text,
    json: text,
  });
  if (positionals.length > 0) {
    throw new UsageError(`${positionals[0]} belongs to no option; files of spans are named by --spans.`);
  }
  if (values.spans.length === 0) throw new UsageError("Say --spans FILE: the file with the spans of your agent.");
  const evaluators = values.evaluators.flatMap((names) => names.split(",")).map((name) => name.trim());
  if (evaluators.length === 0 && values.own === undefined) {
    throw new UsageError(
      "Say --evaluators, as in --evaluators Helpfulness,ToolSelectionAccuracy; --list shows them all.",
    );
  }
  const { spans, own, reference, session: sessions, threshold: thresholds, junit, json } = values;
  return { spans, evaluators: evaluators.filter(Boolean), own, reference, sessions, thresholds, junit, json };
}
