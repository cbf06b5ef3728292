import { expect, test } from "vitest";
import { startSchedules } from "./schedules.ts";
import { createManualClock } from "./testing/clock.ts";

const place = { region: "us-east-1", accountId: "000000000000" };
const schedules = { outbox: { rateMinutes: 2, function: "sweep" } };

test("a function is called at once and then once a period, with the scheduler's event, and a failure is logged", async () => {
  const clock = createManualClock(Date.parse("2026-11-22T10:00:00Z"));
  const log: string[] = [];
  const logged = Promise.withResolvers<void>();
  const events: unknown[] = [];
  const invoke = async (_name: string, event: unknown) => {
    events.push(event);
    throw new Error("no table");
  };
  const stop = startSchedules({ schedules, place, invoke, clock, log: (line) => logged.resolve(void log.push(line)) });
  expect(clock.planned()).toEqual([0]);
  clock.next();
  await logged.promise;
  expect(log).toEqual(['The schedule "outbox" failed: no table']);
  await expect.poll(() => clock.planned()).toEqual([120_000]);
  clock.next();
  await stop();
  const scheduled = { source: "aws.scheduler", "detail-type": "Scheduled Event" };
  expect(events).toMatchObject([
    { ...scheduled, time: "2026-11-22T10:00:00Z" },
    { ...scheduled, time: "2026-11-22T10:02:00Z" },
  ]);
});

test("the first call is at once, also where time goes on while it is planned", () => {
  const clock = createManualClock(0);
  let now = 0;
  startSchedules({ schedules, place, invoke: async () => {}, clock: { ...clock, now: () => now++ }, log: () => {} });
  expect(clock.planned()).toEqual([0]);
});

test("a call that outlasts its period isn't overtaken, and stopping waits for it", async () => {
  const clock = createManualClock(0);
  const call = Promise.withResolvers<void>();
  let calls = 0;
  const invoke = () => {
    calls += 1;
    return call.promise;
  };
  const stop = startSchedules({ schedules, place, invoke, clock, log: () => {} });
  clock.next();
  expect(clock.planned()).toEqual([]);
  let stopped = false;
  const stopping = stop().then(() => {
    stopped = true;
  });
  await Promise.resolve();
  expect(stopped).toBe(false);
  call.resolve();
  await stopping;
  expect(calls).toBe(1);
});
