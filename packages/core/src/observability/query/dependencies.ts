import type { Administration } from "../../control/administrator.ts";
import type { Watchers } from "../../control/answer.ts";
import type { Keyring } from "../../identity/vault/keyring.ts";
import type { AggregateRepository } from "../../storage/aggregateRepository.ts";
import type { EvaluationRepository } from "../../storage/evaluationRepository.ts";
import type { LedgerRepository } from "../../storage/ledgerRepository.ts";
import type { SpanRepository } from "../../storage/spanRepository.ts";

/** Where the query API reads. */
export interface QuerySources {
  readonly ledger: Pick<LedgerRepository, "decisions" | "decisionsOfSession" | "decisionsOfTrace">;
  readonly aggregates: AggregateRepository;
  readonly spans: SpanRepository;
  readonly evaluations: EvaluationRepository;
}

/** What the query API works with. */
export interface QueryDependencies extends QuerySources, Watchers {
  readonly administration: Pick<Administration, "authenticate" | "authorize">;
  /** Seals where pages begin. */
  readonly keyring: Keyring;
  readonly now: () => Date;
  /** How long an answer that isn't a stream may take. */
  readonly answerMilliseconds: number;
}
