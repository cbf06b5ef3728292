import { expect, test } from "vitest";
import { GatehouseError } from "../../errors.ts";
import type { EvaluationCompleted, GatehouseEvent } from "../../observability/events.ts";
import type { Span } from "../../observability/spans/span.ts";
import type { RecordedSpan } from "../../storage/spanRepository.ts";
import { EvaluationError, type Evaluator } from "../evaluator.ts";
import type { OnlineEvaluation } from "./config.ts";
import { evaluateSession, mostSubjects, type OnlineDependencies } from "./evaluateSession.ts";
import { maxSpans } from "./sessionSpans.ts";

const noon = Date.parse("2026-11-20T12:00:00Z");
const nano = (time: number) => `${time}000000`;

function span(turn: number, more: Partial<Span> = {}): Span {
  return {
    traceId: String(turn).padStart(32, "a"),
    spanId: String(turn).padStart(16, "a"),
    name: "invoke_agent",
    kind: "INTERNAL",
    startTimeUnixNano: nano(noon + turn * 1_000),
    endTimeUnixNano: nano(noon + turn * 1_000 + 500),
    status: { code: "UNSET" },
    attributes: { "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "shop", "session.id": "s" },
    events: [],
    links: [],
    scope: { name: "test" },
    resource: { "service.name": "shop", "service.version": "7" },
    ...more,
  };
}

const config: OnlineEvaluation = {
  configId: "config",
  configArn: "arn:config",
  enabledAt: noon,
  samplingPercentage: 100,
  filters: [],
  sessionTimeoutMinutes: 15,
  serviceNames: [],
  evaluatorIds: ["Turns"],
};
const session = { configId: "config", sessionId: "s", lastActivity: "2026-11-20T12:00:00.000Z" };

/** Judges turns, with what is thrown for some of them by their number. */
function turns(errorOf: (turn: number) => Error | undefined = () => undefined) {
  const judged: number[] = [];
  const evaluator: Evaluator = {
    ...{ id: "Turns", arn: "arn:turns", name: "Turns", level: "TRACE", needsReference: false },
    async evaluate({ conversation }) {
      const turn = conversation.turns.length;
      judged.push(turn);
      const error = errorOf(turn);
      if (error !== undefined) throw error;
      return { label: "Fine", value: 1, explanation: "It is.", costNanoDollars: 7.6 };
    },
  };
  return { evaluator, judged };
}

/** What a session is evaluated with, and what was published: that is on record from then on. */
function scene(spans: readonly Span[], more: Partial<OnlineDependencies> = {}) {
  const published: EvaluationCompleted[] = [];
  const recorded = spans.map((one): RecordedSpan => ({ source: "agent", span: one }));
  const dependencies: OnlineDependencies = {
    configOf: async () => config,
    evaluatorOf: async () => turns(),
    spans: {
      trace: async (traceId) => recorded.filter((one) => one.span.traceId === traceId),
      tracesOf: async () => recorded.map((one) => ({ traceId: one.span.traceId, minute: "" })),
    },
    ledger: { async *decisionsOfSession() {} },
    evaluations: {
      async *ofSession() {
        yield* published;
      },
    },
    publisher: {
      async publish(event: GatehouseEvent) {
        if (event.type === "EvaluationCompleted") published.push(event.detail);
      },
    },
    now: () => new Date(noon + 60_000),
    signal: new AbortController().signal,
    ...more,
  };
  return { published, evaluate: () => evaluateSession(session, dependencies) };
}

test("each turn is judged, and said with where, when and whose it is", async () => {
  const { published, evaluate } = scene([span(1), span(2)]);
  const { state, completed, failures } = await evaluate();
  expect({ state, failures }).toEqual({ state: "evaluated", failures: [] });
  expect(completed).toEqual(published);
  expect(published).toHaveLength(2);
  expect(published[0]).toMatchObject({
    config: { id: "config", arn: "arn:config" },
    evaluator: { id: "Turns", arn: "arn:turns", name: "Turns" },
    level: "TRACE",
    sessionId: "s",
    traceId: span(1).traceId,
    spanId: span(1).spanId,
    time: "2026-11-20T12:00:01.500Z",
    agent: "shop",
    agentVersion: "7",
    label: "Fine",
    value: 1,
    costNanoDollars: 8,
  });
});

test("what can't be judged now is tried again, and what was said is not asked for again", async () => {
  let away = true;
  const { evaluator, judged } = turns((turn) =>
    away && turn === 2 ? new EvaluationError("ModelFailed", "Away.") : undefined,
  );
  const { published, evaluate } = scene([span(1), span(2), span(3)], { evaluatorOf: async () => ({ evaluator }) });
  expect((await evaluate()).failures).toEqual([{ evaluatorId: "Turns", code: "ModelFailed", message: "Away." }]);
  expect(published).toHaveLength(2);
  away = false;
  judged.length = 0;
  expect((await evaluate()).failures).toEqual([]);
  expect(judged).toEqual([2]);
  expect(new Set(published.map(({ evaluationId }) => evaluationId)).size).toBe(3);
  expect((await evaluate()).completed).toEqual([]);
});

test("what the spans don't say, and an evaluator that is gone, are said as results", async () => {
  const missing = turns(() => new EvaluationError("MissingData", "There is no answer."));
  const { published, evaluate } = scene([span(1)], { evaluatorOf: async () => missing });
  expect((await evaluate()).failures).toEqual([]);
  expect(published[0]).toMatchObject({ errorCode: "MissingData", errorMessage: "There is no answer." });
  expect(published[0]).not.toHaveProperty("label");

  const gone = scene([span(1)], {
    evaluatorOf: async () => {
      throw new GatehouseError("notFound", "There is no evaluator Turns.");
    },
  });
  await gone.evaluate();
  expect(gone.published).toMatchObject([
    { level: "SESSION", errorCode: "InvalidEvaluator", errorMessage: "There is no evaluator Turns." },
  ]);
});

test("what has happened after the session was over is not judged", async () => {
  const later = span(70, { startTimeUnixNano: nano(noon + 60_000), endTimeUnixNano: nano(noon + 61_000) });
  const { published, evaluate } = scene([span(1), later]);
  await evaluate();
  expect(published.map(({ traceId }) => traceId)).toEqual([span(1).traceId]);
});

test("of very many turns the last are judged", async () => {
  const many = Array.from({ length: mostSubjects + 5 }, (_, index) =>
    span(index, { startTimeUnixNano: nano(noon + index), endTimeUnixNano: nano(noon + index) }),
  );
  const { published, evaluate } = scene(many);
  await evaluate();
  expect(published).toHaveLength(mostSubjects);
  expect(published[0]?.traceId).toBe(many[5]?.traceId);
});

test("a session that no function could hold is not judged, which is said once", async () => {
  // Spans can share a text, so that the test need not hold what the function could not.
  const said = "x".repeat(1_000_000);
  const saying = (count: number, attributes: Span["attributes"]) =>
    Array.from({ length: count }, (_, index) => {
      const [start, own] = [nano(noon + index), span(index).attributes];
      return span(index, { startTimeUnixNano: start, endTimeUnixNano: start, attributes: { ...own, ...attributes } });
    });
  for (const spans of [saying(65, { said }), saying(maxSpans + 1, {})]) {
    const { published, evaluate } = scene(spans);
    expect((await evaluate()).failures).toEqual([]);
    expect(published).toMatchObject([
      { errorCode: "MissingData", errorMessage: expect.stringMatching(/more than 10,000 spans, .* is not read/) },
    ]);
  }
  for (const spans of [saying(63, { said }), saying(90, {})]) {
    const { published, evaluate } = scene(spans);
    await evaluate();
    expect(published.map(({ label }) => label)).toEqual(spans.map(() => "Fine"));
  }
});

test("verdicts that are there together are published together, so that they share a request to the bus", async () => {
  const waiting: (() => void)[] = [];
  const together: number[] = [];
  const { evaluate } = scene([span(1), span(2), span(3)], {
    publisher: {
      publish: () =>
        new Promise((resolve) => {
          waiting.push(resolve);
          setImmediate(() => {
            if (waiting.length > 0) together.push(waiting.length);
            for (const taken of waiting.splice(0)) taken();
          });
        }),
    },
  });
  expect((await evaluate()).completed).toHaveLength(3);
  expect(together).toEqual([3]);
});

test("the bus's failure is the evaluation's: nothing counts as said that isn't", async () => {
  const { evaluate } = scene([span(1)], {
    publisher: { publish: () => Promise.reject(new Error("The bus is away.")) },
  });
  await expect(evaluate()).rejects.toThrow("The bus is away.");
});
