import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { QueuedEvent } from "@gatehouse/core/observability/record.ts";
import { shuffled } from "./eventStream.ts";

const recorder = fileURLToPath(new URL("recorder.ts", import.meta.url));

/** What a queue does, and how often it does more than that. */
export interface QueueOptions {
  readonly messages: readonly QueuedEvent[];
  readonly random: () => number;
  readonly batchSize: number;
  /** How many recorders there are at a time. */
  readonly recorders: number;
  /** The share of batches during which their recorder is killed: where it isn't 0, at least during one. */
  readonly kills: number;
  /** The share of messages that are delivered once more although they were recorded. */
  readonly repeats: number;
  readonly environment: NodeJS.ProcessEnv;
  readonly tables: Readonly<Record<"ledger" | "aggregates", string>>;
  /** The module of the processes, which record unless another is named: it is told the tables and answers as `recorder.ts` does. */
  readonly module?: string;
}

/** Delivers every message at least once, in any order, to recorders that are killed; a batch that isn't acknowledged, again. */
export async function deliverAll(options: QueueOptions): Promise<{ kills: number; deliveries: number }> {
  const { random, batchSize, kills, repeats } = options;
  let waiting = shuffled(options.messages, random);
  const counts = { kills: 0, deliveries: 0 };

  async function work(): Promise<void> {
    let child = await startRecorder(options);
    for (;;) {
      const batch = waiting.splice(0, Math.ceil(random() * batchSize));
      if (batch.length === 0) break;
      counts.deliveries += batch.length;
      const isKilled = kills > 0 && (counts.kills === 0 || random() < kills);
      const acknowledged = send(child, batch);
      // At some moment of its work: before, during or after a transaction.
      if (isKilled) {
        const timer = setTimeout(() => child.kill("SIGKILL"), random() * 100);
        await acknowledged;
        clearTimeout(timer);
        child.kill("SIGKILL");
        counts.kills++;
        child = await startRecorder(options);
      }
      const failed = await acknowledged;
      const again = batch.filter(({ messageId }) => failed.has(messageId) || random() < repeats);
      waiting.push(...again);
      if (again.length > 0 && random() < 0.1) waiting = shuffled(waiting, random);
    }
    child.kill("SIGKILL");
  }
  await Promise.all(Array.from({ length: options.recorders }, work));
  return counts;
}

async function startRecorder({ environment, tables, module = recorder }: QueueOptions): Promise<ChildProcess> {
  const child = fork(module, [tables.ledger, tables.aggregates], { env: { ...process.env, ...environment } });
  await once(child, "message");
  return child;
}

let serial = 0;

/** The ids of the messages that are to be delivered again: all of them, where the recorder ended before it said anything. */
async function send(child: ChildProcess, batch: readonly QueuedEvent[]): Promise<ReadonlySet<string>> {
  const id = serial++;
  const everything = batch.map(({ messageId }) => messageId);
  const answer = Promise.withResolvers<readonly string[]>();
  const listen = (message: { id: number; failed: string[] }) => {
    if (message.id === id) answer.resolve(message.failed);
  };
  const ended = () => answer.resolve(everything);
  child.on("message", listen).once("exit", ended);
  if (child.exitCode !== null || child.signalCode !== null) ended();
  else child.send({ id, batch }, (error) => error && ended());
  const failed = await answer.promise;
  child.off("message", listen).off("exit", ended);
  return new Set(failed);
}
