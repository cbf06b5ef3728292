import { createHash } from "node:crypto";
import { messageOf } from "@gatehouse/core/errors.ts";
import { isJsonObject, type Json } from "@gatehouse/core/json.ts";
import type { SQSEvent, SQSRecord } from "aws-lambda";
import type { KeyedMessage } from "./store.ts";

/** A batch of messages as Lambda's event source mapping hands it to a function. */
export function sqsEvent(batch: readonly KeyedMessage[], queueArn: string, now: number): SQSEvent {
  return { Records: batch.map((message) => record(message, queueArn, now)) };
}

/**
 * Which messages of a batch a function's answer says have failed, with the reason, following "reporting batch item
 * failures" of Lambda: no answer or an empty list means none, and an answer that names a message that wasn't in the
 * batch means all.
 */
export function failuresIn(answer: unknown, batch: readonly KeyedMessage[]): Map<KeyedMessage, string> {
  const items = isJsonObject(answer as Json)
    ? (answer as { batchItemFailures?: unknown }).batchItemFailures
    : undefined;
  if (items === undefined || items === null) return new Map();
  if (!Array.isArray(items)) return allFailed(batch, "the function answered with batchItemFailures that is no list");
  const failed = items.map((item) => batch.find(({ id }) => id === item?.itemIdentifier));
  if (failed.includes(undefined)) return allFailed(batch, "the function named a failed message that it wasn't given");
  return new Map(failed.filter((message) => message !== undefined).map((message) => [message, "reported as failed"]));
}

/** Every message of the batch as failed, for the reason that was thrown. */
export function allFailed(batch: readonly KeyedMessage[], reason: unknown): Map<KeyedMessage, string> {
  return new Map(batch.map((message) => [message, messageOf(reason)]));
}

function record(message: KeyedMessage, queueArn: string, now: number): SQSRecord {
  return {
    messageId: message.id,
    receiptHandle: message.key,
    body: message.body,
    attributes: {
      ApproximateReceiveCount: String(message.receiveCount + 1),
      SentTimestamp: String(message.sentAt),
      SenderId: "events.amazonaws.com",
      ApproximateFirstReceiveTimestamp: String(now),
    },
    messageAttributes: {},
    md5OfBody: createHash("md5").update(message.body).digest("hex"),
    eventSource: "aws:sqs",
    eventSourceARN: queueArn,
    awsRegion: queueArn.split(":")[3] ?? "",
  };
}
