import type { EventOutbox } from "../../observability/eventOutbox.ts";
import type { EvaluationScoreFell } from "../../observability/events.ts";
import type { AggregateRepository } from "../../storage/aggregateRepository.ts";
import type { ScoreFallRepository } from "../../storage/scoreFallRepository.ts";
import { fallenScores } from "./scoreFall.ts";

/**
 * Publishes whose scores have fallen, of each evaluator of a configuration once a day at most, whoever else looks.
 * @returns what was told of now.
 */
export async function tellFallenScores(
  config: { readonly configId: string; readonly configArn: string; readonly now: Date },
  {
    aggregates,
    falls,
    outbox,
  }: {
    readonly aggregates: Pick<AggregateRepository, "cells">;
    readonly falls: ScoreFallRepository;
    readonly outbox: EventOutbox;
  },
): Promise<EvaluationScoreFell[]> {
  const told: EvaluationScoreFell[] = [];
  for (const detail of await fallenScores(aggregates, config)) {
    const { configId } = config;
    const { evaluatorId, recent } = detail;
    const staged = outbox.stage([{ type: "EvaluationScoreFell", detail }]);
    if (!(await falls.mark({ configId, evaluatorId, to: recent.to }, staged.steps))) continue;
    await staged.forward();
    told.push(detail);
  }
  return told;
}
