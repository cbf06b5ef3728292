import type { AggregateRepository, Cell } from "../../storage/aggregateRepository.ts";
import { goodnessOf } from "../betterScore.ts";
import { cubes, type Occurrence } from "../cubes.ts";
import { bucketOf } from "../histogram.ts";

const lengths = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/** For tests only: aggregates that are worked out, each time, from what happened. */
export function aggregatesOf(occurrences: readonly Occurrence[]): AggregateRepository {
  return {
    async *cells({ cube, scope, from, to, resolution, wide = false, where = {} }) {
      const length = lengths[resolution];
      for (const occurrence of occurrences) {
        const time = Math.floor(occurrence.time / length) * length;
        if (occurrence.cube !== cube || occurrence.scope !== scope) continue;
        if (time < from.getTime() || time >= to.getTime()) continue;
        const wideNames: readonly string[] = cubes[cube].wideDimensions;
        const dimensions = Object.fromEntries(
          Object.entries(occurrence.dimensions).filter(([name]) => wide || !wideNames.includes(name)),
        );
        if (!Object.entries(where).every(([name, values]) => values.includes(dimensions[name] ?? ""))) continue;
        const durations = new Map([[bucketOf(occurrence.durationMicroseconds), 1]]);
        yield { time, dimensions, durations, measures: occurrence.measures } satisfies Cell;
      }
    },
    async worstScores({ configId, evaluatorId, better, date, limit }) {
      const scored = occurrences.filter(
        ({ scope, dimensions, time, measures }) =>
          scope === configId &&
          dimensions.evaluator === evaluatorId &&
          measures.scores === 1 &&
          new Date(time).toISOString().startsWith(date),
      );
      const kept = scored.map(
        ({ dimensions: { label = "", agent }, time, measures: { scoreMillionths = 0 } }, index) => ({
          ...{ evaluationId: String(index), sessionId: `session-${index}`, label, time, value: scoreMillionths / 1e6 },
          ...(agent === undefined ? {} : { agent }),
        }),
      );
      return kept.sort((a, b) => goodnessOf(a.value, better) - goodnessOf(b.value, better)).slice(0, limit);
    },
    async scopes(cube) {
      return [...new Set(occurrences.filter((one) => one.cube === cube).map(({ scope }) => scope))];
    },
  };
}
