import { z } from "zod";
import type { LedgerRepository } from "../storage/ledgerRepository.ts";
import { type ToolDecision, toolDecision } from "./events.ts";

/** An event as the bus delivers it. */
const envelope = z.object({ "detail-type": z.literal("ToolDecision"), detail: toolDecision });

/** A message of the queue: its id and the event as JSON text. */
export interface QueuedEvent {
  readonly messageId: string;
  readonly body: string;
}

/**
 * Writes a batch of events into the ledger.
 * @returns the ids of messages that can't be recorded as they are: the queue retries them and sets them aside.
 * @throws when the ledger can't be written: then the whole batch is delivered again.
 */
export async function recordEvents(messages: readonly QueuedEvent[], ledger: LedgerRepository): Promise<string[]> {
  const failed: string[] = [];
  const decisions: ToolDecision[] = [];
  for (const { messageId, body } of messages) {
    const parsed = envelope.safeParse(parseJson(body));
    if (parsed.success) decisions.push(parsed.data.detail);
    else failed.push(messageId);
  }
  await ledger.putDecisions(decisions);
  return failed;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
