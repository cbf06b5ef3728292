import { afterAll, beforeAll, expect, test } from "vitest";
import { createEventOutbox } from "../../observability/eventOutbox.ts";
import { createTestBus } from "../../observability/testing.ts";
import { outboxRepository } from "../../storage/outboxRepository.ts";
import { recordRepository } from "../../storage/recordRepository.ts";
import { sessionEndRepository } from "../../storage/sessionEndRepository.ts";
import { activityOf, sessionMarks } from "../../storage/sessionItems.ts";
import { startTestDatabase, type TestDatabase } from "../../storage/testing.ts";
import type { OnlineEvaluation } from "./config.ts";
import { endSessions } from "./sessionEnd.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const noon = Date.parse("2026-11-20T12:00:00Z");
const minute = 60_000;
let serial = 0;

/** A configuration of its own, and what there is to do with it. */
function scene(more: Partial<OnlineEvaluation> = {}) {
  const { client, tables } = database;
  const name = `scene-${serial++}`;
  const bus = createTestBus();
  const outbox = outboxRepository({ client, table: tables.ledger });
  const sessions = sessionEndRepository({ client, table: tables.ledger });
  const records = recordRepository({ client, tables });
  const config: OnlineEvaluation = {
    configId: `${name}-config`,
    configArn: "arn",
    enabledAt: noon,
    samplingPercentage: 100,
    filters: [],
    sessionTimeoutMinutes: 15,
    serviceNames: [],
    evaluatorIds: [],
    ...more,
  };
  return {
    bus,
    outbox,
    name,
    config,
    /** Something happens in a session. */
    async happens(session: string, time: number) {
      const sessionId = `${name}-${session}`;
      const row = { pk: `TEST#${name}`, sk: String(serial++) };
      const [increments, marks] = [activityOf(sessionId, time, { decisions: 1 }), sessionMarks(sessionId, time, {})];
      await records.put([{ row, occurrences: [], increments, marks }]);
    },
    /** Ends what is over, as a process that remembers nothing. @returns the sessions that were told of. */
    async end(now: number, of: OnlineEvaluation = config) {
      const before = bus.events.length;
      await endSessions(of, {
        sessions,
        outbox: createEventOutbox({ eventBridge: bus.client, bus: "bus", outbox }),
        now: new Date(now),
        signal: new AbortController().signal,
        ended: new Set(),
      });
      return bus.events
        .slice(before)
        .flatMap(({ type, detail }) => (type === "SessionEnded" ? [detail.sessionId] : []))
        .filter((id) => id.startsWith(`${name}-`))
        .map((id) => id.slice(name.length + 1))
        .sort();
    },
  };
}

test("a session is over when nothing has happened in it for the time-out, and is told of once", async () => {
  const { happens, end, bus, config, name } = scene();
  await happens("a", noon + 5 * minute);
  await happens("a", noon + 7 * minute + 59_000);
  // The last minute counts as a whole.
  expect(await end(noon + 22 * minute + 59_999)).toEqual([]);
  expect(await end(noon + 23 * minute)).toEqual(["a"]);
  expect(bus.events[0]?.detail).toEqual({
    schemaVersion: 1,
    configId: config.configId,
    sessionId: `${name}-a`,
    lastActivity: "2026-11-20T12:07:00.000Z",
  });
  expect(await end(noon + 24 * minute)).toEqual([]);
  expect(await end(noon + 200 * minute)).toEqual([]);
});

test("a session that goes on isn't over; one that goes on after its end is not told of again", async () => {
  const { happens, end } = scene();
  await happens("a", noon);
  await happens("a", noon + 10 * minute);
  await happens("b", noon + 55 * minute);
  expect(await end(noon + 20 * minute)).toEqual([]);
  expect(await end(noon + 30 * minute)).toEqual(["a"]);
  await happens("a", noon + 31 * minute);
  await happens("b", noon + 65 * minute);
  expect(await end(noon + 75 * minute)).toEqual([]);
  expect(await end(noon + 90 * minute)).toEqual(["b"]);
});

test("what was over before the configuration was enabled is none of its", async () => {
  const { happens, end } = scene({ enabledAt: noon + 10 * minute });
  await happens("before", noon + 9 * minute);
  await happens("across", noon + 9 * minute);
  await happens("across", noon + 11 * minute);
  expect(await end(noon + 60 * minute)).toEqual(["across"]);
});

test("what comes late is found for an hour, and what was left undone for any time", async () => {
  const { happens, end } = scene();
  await happens("a", noon);
  expect(await end(noon + 16 * minute)).toEqual(["a"]);
  // Nothing was called for hours.
  await happens("c", noon + 100 * minute);
  expect(await end(noon + 300 * minute)).toEqual(["c"]);
  // The cursor is at 284 minutes now.
  await happens("late", noon + 240 * minute);
  await happens("too late", noon + 200 * minute);
  expect(await end(noon + 301 * minute)).toEqual(["late"]);
});

test("each configuration has its own sample, time-out and ends", async () => {
  const { happens, end, config } = scene();
  const patient = { ...config, configId: `${config.configId}-patient`, sessionTimeoutMinutes: 60 };
  const sampling = { ...config, configId: `${config.configId}-sampling`, samplingPercentage: 0.01 };
  await happens("a", noon);
  expect(await end(noon + 20 * minute)).toEqual(["a"]);
  expect(await end(noon + 20 * minute, patient)).toEqual([]);
  expect(await end(noon + 61 * minute, patient)).toEqual(["a"]);
  expect(await end(noon + 61 * minute, sampling)).toEqual([]);
});

test("many who end the same sessions at the same time tell of each once", async () => {
  const { happens, end, bus, name } = scene();
  for (let index = 0; index < 40; index++) await happens(`s${index}`, noon + index * 1_000);
  await Promise.all(Array.from({ length: 5 }, () => end(noon + 30 * minute)));
  // Other tests' sessions are over as well.
  const own = bus.events.filter(({ detail }) => "sessionId" in detail && detail.sessionId?.startsWith(`${name}-`));
  expect(own).toHaveLength(40);
});

test("while the bus takes nothing, what is over waits in the outbox, once", async () => {
  const { happens, end, bus, outbox, name } = scene();
  await happens("a", noon);
  bus.fail(true);
  expect(await end(noon + 20 * minute)).toEqual([]);
  bus.fail(false);
  expect(await end(noon + 20 * minute)).toEqual([]);
  const waiting = (await outbox.oldest(100)).filter(({ entry }) => entry.Detail?.includes(`${name}-a`));
  expect(waiting).toHaveLength(1);
});
