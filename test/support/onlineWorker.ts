import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { evaluateSession } from "@gatehouse/core/evaluation/online/evaluateSession.ts";
import { endSessions } from "@gatehouse/core/evaluation/online/sessionEnd.ts";
import { createEventOutbox } from "@gatehouse/core/observability/eventOutbox.ts";
import { sessionEnded } from "@gatehouse/core/observability/events.ts";
import { createPublisher } from "@gatehouse/core/observability/publisher.ts";
import type { QueuedEvent } from "@gatehouse/core/observability/record.ts";
import { createDocumentClient } from "@gatehouse/core/storage/client.ts";
import { evaluationRepository } from "@gatehouse/core/storage/evaluationRepository.ts";
import { ledgerRepository } from "@gatehouse/core/storage/ledgerRepository.ts";
import { outboxRepository } from "@gatehouse/core/storage/outboxRepository.ts";
import { sessionEndRepository } from "@gatehouse/core/storage/sessionEndRepository.ts";
import { spanRepository } from "@gatehouse/core/storage/spanRepository.ts";
import { countingEvaluator, type Ending } from "./online.ts";

// A process that does what the functions of online evaluation do with each message that it is sent: ends sessions, or has one
// judged. It can be killed at any moment, as Lambda's environments and machines are.
const [table = ""] = process.argv.slice(2);
const config = JSON.parse(process.env.ONLINE_CONFIG ?? "null");
const client = createDocumentClient();
const eventBridge = new EventBridgeClient({ maxAttempts: 1 });
const outbox = outboxRepository({ client, table });
const signal = new AbortController().signal;

async function end({ now }: Ending): Promise<void> {
  await endSessions(config, {
    sessions: sessionEndRepository({ client, table }),
    outbox: createEventOutbox({ eventBridge, bus: "bus", outbox }),
    now: new Date(now),
    signal,
    ended: new Set(),
  });
}

async function evaluate(detail: unknown): Promise<void> {
  const { failures } = await evaluateSession(sessionEnded.parse(detail), {
    configOf: async () => config,
    evaluatorOf: async (id) => ({ evaluator: countingEvaluator(id) }),
    spans: spanRepository({ client, table }),
    ledger: ledgerRepository({ client, table }),
    evaluations: evaluationRepository({ client, table }),
    publisher: createPublisher({ eventBridge, bus: "bus", outbox }),
    signal,
    now: () => new Date(),
  });
  if (failures.length > 0) throw new Error(failures[0]?.message);
}

process.on("message", async ({ id, batch }: { id: number; batch: readonly QueuedEvent[] }) => {
  const failed: string[] = [];
  for (const { messageId, body } of batch) {
    const { "detail-type": type, detail } = JSON.parse(body);
    await (type === "SessionEnded" ? evaluate(detail) : end(detail)).catch(() => failed.push(messageId));
  }
  process.send?.({ id, failed });
});
process.send?.("ready");
process.on("disconnect", () => process.exit());
