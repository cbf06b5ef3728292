import { GatehouseError } from "@gatehouse/core/errors.ts";
import type { Conversation } from "@gatehouse/core/evaluation/conversation.ts";
import { conversationOf } from "@gatehouse/core/evaluation/conversations/conversationOf.ts";
import { spansFromDocuments } from "@gatehouse/core/evaluation/conversations/documents/spansFromDocuments.ts";
import { spanDocument } from "@gatehouse/core/evaluation/conversations/documents/writeDocument.ts";
import { sessionsIn } from "@gatehouse/core/evaluation/conversations/sessionsIn.ts";
import type { JsonObject } from "@gatehouse/core/json.ts";
import type { Span } from "@gatehouse/core/observability/spans/span.ts";
import { readText } from "@gatehouse/policy/files.ts";
import { UsageError } from "@gatehouse/policy/problem.ts";
import { documentsIn } from "./documents.ts";

/** A session of the files, ready to be evaluated. */
export interface Session {
  readonly conversation: Conversation;
  /** Its spans as evaluators that are code are sent them. */
  readonly documents: readonly JsonObject[];
}

/**
 * Reads the sessions of files of spans, in the order in which they began.
 * @param chosen the ids of those that are meant; all of them if there are none.
 * @throws UsageError for what can't be read, and where there is no session to evaluate.
 */
export async function readSessions(files: readonly string[], chosen: readonly string[]): Promise<readonly Session[]> {
  const spans = await readSpans(files);
  const sessions = sessionsIn(spans);
  if (sessions.size === 0) {
    throw new UsageError(
      `${files.join(", ")}: no span names its session: set the attribute session.id (or gen_ai.conversation.id) on the spans, or on their resource.`,
    );
  }
  const missing = chosen.find((id) => !sessions.has(id));
  if (missing !== undefined) {
    throw new UsageError(
      `There is no session ${missing}; there are ${[...sessions.keys()].slice(0, mostShown).join(", ")}.`,
    );
  }
  return [...sessions]
    .filter(([id]) => chosen.length === 0 || chosen.includes(id))
    .sort(([, a], [, b]) => beginOf(a) - beginOf(b))
    .map(([id, ofSession]) => ({
      // Traces that name no session are of the only one that there is.
      conversation: conversationOf(sessions.size === 1 ? spans : ofSession, id),
      documents: ofSession.map(spanDocument),
    }));
}

const mostShown = 10;

/** Of all files together: what was said may be in another file than the spans that it belongs to. */
async function readSpans(files: readonly string[]): Promise<Span[]> {
  const documents = await Promise.all(files.map(async (file) => documentsIn(await readText(file), file)));
  try {
    return spansFromDocuments(documents.flat(), files.length === 1 ? files[0] : "spans");
  } catch (error) {
    if (!(error instanceof GatehouseError) || error.code !== "validation") throw error;
    throw new UsageError(`${error.message}.`);
  }
}

/** In milliseconds. */
function beginOf(spans: readonly Span[]): number {
  return Math.min(...spans.map(({ startTimeUnixNano }) => Number(BigInt(startTimeUnixNano) / 1_000_000n)));
}
