import { setTimeout as delay } from "node:timers/promises";
import { GetQueueAttributesCommand, SetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { all, physical } from "../checks/find.ts";
import type { Emulation } from "./emulation.ts";

/** The longest that anything may take on a machine that is busy with something else. */
const longestMilliseconds = 45_000;

/** Asks until there is an answer. @throws Error saying what was waited for in vain. */
export async function until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + longestMilliseconds;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`In ${longestMilliseconds} ms it was not seen that ${what}.`);
    await delay(50);
  }
}

/** Where a queue is, by its name in the topology. */
export function queueUrl({ graph, names }: Emulation, name: string): string {
  const wanted = physical(graph, name);
  const found = all(graph, "sqs/queue").find(({ inputs }) => inputs.name === wanted);
  if (found === undefined) throw new Error(`There is no queue ${wanted}.`);
  return names.in(found.outputs.url);
}

/** How many messages a queue has, whether they can be received at this moment or not. */
export async function depthOf({ aws }: Emulation, url: string): Promise<number> {
  const AttributeNames = ["ApproximateNumberOfMessages" as const, "ApproximateNumberOfMessagesNotVisible" as const];
  const { Attributes = {} } = await aws.sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames }));
  return AttributeNames.reduce((sum, name) => sum + Number(Attributes[name]), 0);
}

/**
 * Resolves when every event that the bus has accepted is delivered. An event is in its queue before the bus answers
 * whoever has put it there, and a message leaves the queue when its function has succeeded.
 */
export async function drained(emulation: Emulation, queues: readonly string[]): Promise<void> {
  await until(`the queues ${queues.join(" and ")} are empty`, async () => {
    const depths = await Promise.all(queues.map((name) => depthOf(emulation, queueUrl(emulation, name))));
    return depths.every((depth) => depth === 0) || undefined;
  });
}

/**
 * Lets a queue offer a message again that many seconds after it was received, rather than minutes, for as long as
 * something is done. How often it is offered stays as it is.
 */
export async function offeringAgainAfter<T>(
  seconds: number,
  emulation: Emulation,
  url: string,
  act: () => Promise<T>,
): Promise<T> {
  const attribute = "VisibilityTimeout" as const;
  const { sqs } = emulation.aws;
  const set = (value: string) =>
    sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { [attribute]: value } }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [attribute] }));
  await set(String(seconds));
  try {
    return await act();
  } finally {
    await set(Attributes?.[attribute] ?? "");
  }
}
