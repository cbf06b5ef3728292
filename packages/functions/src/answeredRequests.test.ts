import type { Answered } from "@gatehouse/core/gateway/tracing/requestTrace.ts";
import type { EventPublisher, GatehouseEvent } from "@gatehouse/core/observability/events.ts";
import type { SpanToRecord } from "@gatehouse/core/observability/spans/pack.ts";
import { expect, test } from "vitest";
import { answering, createAnsweredRequests } from "./answeredRequests.ts";
import { type AfterAnswer, afterAnswer, type HttpResult } from "./http.ts";
import { lambdaContext } from "./testing/context.ts";

const span: SpanToRecord = {
  span: {
    traceId: "a".repeat(32),
    spanId: "b".repeat(16),
    name: "tools/call",
    kind: "SERVER",
    startTimeUnixNano: "1",
    endTimeUnixNano: "2",
    status: { code: "UNSET" },
    attributes: {},
    events: [],
    links: [],
    scope: { name: "test" },
    resource: {},
  },
};
const answered: Answered = {
  decisions: [],
  status: 200,
  latency: 1,
  duration: 1,
  targetTimes: [],
  spans: () => [span],
};

/** What is told of requests, and to whom. */
function scene(publish: EventPublisher["publish"] = async () => {}) {
  const told: unknown[] = [];
  const events: GatehouseEvent[] = [];
  const publisher = {
    async publish(event: GatehouseEvent) {
      await publish(event);
      events.push(event);
    },
  };
  const requests = createAnsweredRequests(publisher, {
    metrics: { addMetric: (name) => void told.push(name) as never }, // Nobody goes on with what it gives back.
    logger: { error: (message) => told.push(message) },
    measure: (measurements) => told.push(measurements.length),
    publish: () => told.push("published"),
  });
  return { requests, events, told };
}

const whole: HttpResult = { statusCode: 200, body: "{}" };

test("spans and metrics of a request are published", async () => {
  const { requests, events, told } = scene();
  await requests.report(answered);
  expect(events).toMatchObject([
    { type: "SpansRecorded", detail: { source: "gateway", spans: [{ part: { count: 1 } }] } },
  ]);
  expect(told).toEqual([1, "published"]);
});

test("spans that neither bus nor outbox takes are logged and counted, and fail nothing", async () => {
  const { requests, told } = scene(async () => {
    throw new Error("nobody takes it");
  });
  await requests.report(answered);
  expect(told).toEqual([1, "UnrecordedSpans", "The spans of a request could not be recorded", "published"]);
});

test("a host that can go on after an answer has it before anything is published", async () => {
  const { requests, events } = scene();
  const later: Parameters<AfterAnswer>[0][] = [];
  const context = { ...lambdaContext, [afterAnswer]: (work: Parameters<AfterAnswer>[0]) => later.push(work) };
  const result = await answering(
    context,
    async (onAnswered) => {
      onAnswered(answered);
      return whole;
    },
    requests,
  );
  expect([result, events.length, later.length]).toEqual([whole, 0, 1]);
  for (const work of later) await work();
  expect(events).toHaveLength(1);
});

test("any other host has an answer when all is published", async () => {
  const { requests, events } = scene();
  await answering(
    lambdaContext,
    async (onAnswered) => {
      onAnswered(answered);
      return whole;
    },
    requests,
  );
  expect(events).toHaveLength(1);
});

test("a stream is reported when it has ended, by whomever", async () => {
  const { requests, events, told } = scene();
  const stream = new ReadableStream<Uint8Array>();
  let end = (_: Answered) => {};
  const result = await answering(
    lambdaContext,
    async (onAnswered) => {
      end = onAnswered;
      return { statusCode: 200, stream };
    },
    requests,
  );
  expect([result, events]).toEqual([{ statusCode: 200, stream }, []]);
  end(answered);
  await expect.poll(() => told.at(-1)).toBe("published");
  expect(events).toHaveLength(1);
});
