import * as z from "zod";
import type { Effect } from "../storage/effect.ts";
import { effectOfEvaluation } from "../storage/evaluationRepository.ts";
import { effectOfChange, effectOfCredential, effectOfDecision } from "../storage/ledgerRepository.ts";
import type { RecordRepository } from "../storage/recordRepository.ts";
import { effectsOfSpans } from "../storage/spanRepository.ts";
import {
  configurationChanged,
  credentialRequested,
  evaluationCompleted,
  spansRecorded,
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
  z.object({ "detail-type": z.literal("SpansRecorded"), detail: spansRecorded }),
  z.object({ "detail-type": z.literal("EvaluationCompleted"), detail: evaluationCompleted }),
]);
type KeptEvent = z.infer<typeof envelope>;

/** A message of the queue: its id and the event as JSON text. */
export interface QueuedEvent {
  readonly messageId: string;
  readonly body: string;
}

/**
 * Writes a batch of events into the ledger, and counts what they tell of; each of them once, however often it is delivered.
 * @returns the ids of messages that can't be recorded as they are: the queue retries them and sets them aside.
 * @throws when the tables can't be written: then the whole batch is delivered again.
 */
export async function recordEvents(messages: readonly QueuedEvent[], repository: RecordRepository): Promise<string[]> {
  const failed = new Set<string>();
  const messageOf = new Map<Effect, string>();
  for (const { messageId, body } of messages) {
    const event = parseJson(body);
    if (!isKept(event)) failed.add(messageId);
    else for (const effect of effectsOf(event)) messageOf.set(effect, messageId);
  }
  for (const refused of await repository.put([...messageOf.keys()])) failed.add(messageOf.get(refused) ?? "");
  return [...failed];
}

function effectsOf(event: KeptEvent): Effect[] {
  switch (event["detail-type"]) {
    case "ToolDecision":
      return [effectOfDecision(event.detail)];
    case "ConfigurationChanged":
      return [effectOfChange(event.detail)];
    case "CredentialRequested":
      return [effectOfCredential(event.detail)];
    case "SpansRecorded":
      return effectsOfSpans(event.detail);
    case "EvaluationCompleted":
      return [effectOfEvaluation(event.detail)];
  }
}

function isKept(event: unknown): event is KeptEvent {
  return envelope.safeParse(event).success;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
