import type { ConfigRepository } from "../../storage/configRepository.ts";
import type { OnlineEvaluationConfigRecord } from "../../storage/records.ts";
import type { OnlineEvaluation } from "./config.ts";
import type { Filter } from "./filters.ts";

/** The configurations of online evaluation that are enabled, in the order of their ids. */
export async function* enabledConfigs({
  listOnlineEvaluationConfigs,
}: Pick<ConfigRepository, "listOnlineEvaluationConfigs">): AsyncGenerator<OnlineEvaluation> {
  let nextToken: string | undefined;
  do {
    const page = await listOnlineEvaluationConfigs(nextToken === undefined ? {} : { nextToken });
    for (const record of page.items) if (record.executionStatus === "ENABLED") yield onlineEvaluationOf(record);
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
}

/** A configuration, unless it is gone or disabled. */
export async function enabledConfig(
  { getOnlineEvaluationConfig }: Pick<ConfigRepository, "getOnlineEvaluationConfig">,
  configId: string,
): Promise<OnlineEvaluation | undefined> {
  const record = await getOnlineEvaluationConfig(configId);
  return record?.executionStatus === "ENABLED" ? onlineEvaluationOf(record) : undefined;
}

const defaultTimeoutMinutes = 15;

function onlineEvaluationOf(record: OnlineEvaluationConfigRecord): OnlineEvaluation {
  const { rule, dataSourceConfig, evaluators, enabledAt = record.createdAt } = record;
  return {
    configId: record.onlineEvaluationConfigId,
    configArn: record.onlineEvaluationConfigArn,
    enabledAt: Date.parse(enabledAt),
    samplingPercentage: rule.samplingConfig?.samplingPercentage ?? 0,
    filters: (rule.filters ?? []).flatMap(filterOf),
    sessionTimeoutMinutes: rule.sessionConfig?.sessionTimeoutMinutes ?? defaultTimeoutMinutes,
    serviceNames: dataSourceConfig.cloudWatchLogs?.serviceNames ?? [],
    evaluatorIds: evaluators.flatMap(({ evaluatorId }) => (evaluatorId === undefined ? [] : [evaluatorId])),
  };
}

type RecordedFilter = NonNullable<OnlineEvaluationConfigRecord["rule"]["filters"]>[number];

function filterOf({ key, operator, value }: RecordedFilter): Filter[] {
  const compared = value?.stringValue ?? value?.doubleValue ?? value?.booleanValue;
  // The control plane has required all of them.
  return key === undefined || operator === undefined || compared === undefined
    ? []
    : [{ key, operator, value: compared }];
}
