import * as z from "zod";
import type { LedgerRepository } from "../storage/ledgerRepository.ts";
import {
  type ConfigurationChanged,
  type CredentialRequested,
  configurationChanged,
  credentialRequested,
  type ToolDecision,
  toolDecision,
} from "./events.ts";

/**
 * An event as the bus delivers it: those that the ledger keeps. It is looked at, and kept as it is: what a newer function has
 * said besides, while a deployment is under way, is not lost.
 */
const envelope = z.discriminatedUnion("detail-type", [
  z.object({ "detail-type": z.literal("ToolDecision"), detail: toolDecision }),
  z.object({ "detail-type": z.literal("ConfigurationChanged"), detail: configurationChanged }),
  z.object({ "detail-type": z.literal("CredentialRequested"), detail: credentialRequested }),
]);

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
  const changes: ConfigurationChanged[] = [];
  const credentials: CredentialRequested[] = [];
  for (const { messageId, body } of messages) {
    const event = parseJson(body);
    if (!isKept(event)) failed.push(messageId);
    else if (event["detail-type"] === "ToolDecision") decisions.push(event.detail);
    else if (event["detail-type"] === "ConfigurationChanged") changes.push(event.detail);
    else credentials.push(event.detail);
  }
  await ledger.put({ decisions, changes, credentials });
  return failed;
}

function isKept(event: unknown): event is z.infer<typeof envelope> {
  return envelope.safeParse(event).success;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
