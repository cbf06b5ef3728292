import type { Logger } from "@aws-lambda-powertools/logger";
import { countedBudget } from "@gatehouse/core/evaluation/judge/countedBudget.ts";
import type { Judges } from "@gatehouse/core/evaluation/judge/judges.ts";
import { tokenCountRepository } from "@gatehouse/core/storage/tokenCountRepository.ts";
import { documentClient } from "./aws.ts";
import type { Environment } from "./environment.ts";
import { judges } from "./judge.ts";

/** The judges of a deployment with the budget that all its functions share; undefined where it has no model for them. */
export function deploymentJudges({ judge, tables }: Environment, logger: Logger): Judges | undefined {
  if (judge === undefined) return undefined;
  const budget = countedBudget(judge, {
    counts: tokenCountRepository({ client: documentClient, table: tables.aggregates }),
    onUnreachable: (error) => logger.error("The budget of the judge could not be counted", { error }),
  });
  return judges(judge, { budget });
}
