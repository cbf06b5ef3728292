import { randomUUID } from "node:crypto";
import { messageOf } from "@gatehouse/core/errors.ts";
import type { ScheduleDefinition } from "@gatehouse/functions/topology.ts";
import { type Clock, systemClock } from "./bus/clock.ts";
import type { InvokeFunction } from "./lambda/functions.ts";
import type { Place } from "./lambda/handler.ts";

export interface SchedulesOptions {
  readonly schedules: Readonly<Record<string, ScheduleDefinition>>;
  readonly place: Place;
  readonly invoke: InvokeFunction;
  readonly log: (line: string) => void;
  readonly clock?: Clock;
}

/**
 * Calls functions at their rates, as EventBridge Scheduler does, the first time at once: what was left undone when the
 * host was last killed need not wait. A call that takes longer than a period is not overtaken: the times it has missed are
 * left out.
 * @returns a function that ends it, and resolves when no scheduled call is under way any more.
 */
export function startSchedules({
  schedules,
  place,
  invoke,
  log,
  clock = systemClock,
}: SchedulesOptions): () => Promise<void> {
  const cancels = new Map<string, () => void>();
  const running = new Set<Promise<unknown>>();
  let stopped = false;

  function plan(name: string, schedule: ScheduleDefinition, at: number): void {
    const call = async () => {
      await invoke(schedule.function, scheduledEvent(name, place, new Date(at))).catch((error: unknown) =>
        log(`The schedule "${name}" failed: ${messageOf(error)}`),
      );
      if (!stopped) plan(name, schedule, following(at, schedule));
    };
    const start = () => {
      const run = call().finally(() => running.delete(run));
      running.add(run);
    };
    cancels.set(name, clock.after(Math.max(0, at - clock.now()), start));
  }

  /** The first time after `at` that isn't over. */
  function following(at: number, { rateMinutes }: ScheduleDefinition): number {
    const period = rateMinutes * 60_000;
    return at + period * Math.max(1, Math.ceil((clock.now() - at) / period));
  }

  for (const [name, schedule] of Object.entries(schedules)) plan(name, schedule, clock.now());
  return async () => {
    stopped = true;
    for (const cancel of cancels.values()) cancel();
    await Promise.all(running);
  };
}

/** What EventBridge Scheduler sends to a Lambda function that was given no input of its own. */
function scheduledEvent(name: string, { region, accountId }: Place, time: Date) {
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": "Scheduled Event",
    source: "aws.scheduler",
    account: accountId,
    time: `${time.toISOString().slice(0, 19)}Z`,
    region,
    resources: [`arn:aws:scheduler:${region}:${accountId}:schedule/default/${name}`],
    detail: "{}",
  };
}
