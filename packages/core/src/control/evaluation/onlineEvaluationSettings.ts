import type { FieldError } from "../../errors.ts";
import { invalid } from "../input.ts";
import type { InputOf } from "../operationTypes.ts";

type Settings = InputOf<"UpdateOnlineEvaluationConfig"> | InputOf<"CreateOnlineEvaluationConfig">;
type Rule = InputOf<"CreateOnlineEvaluationConfig">["rule"];
type Filter = NonNullable<Rule["filters"]>[number];

/** A session has ended when nothing has come of it for so long, where nothing else is said; as at AgentCore. */
const defaultSessionTimeoutMinutes = 15;

/**
 * Makes sure that an online evaluation asks for what there is, and that its filters can be met.
 * @throws GatehouseError `validation` that names every member that is wrong.
 */
export function checkOnlineEvaluation({
  rule,
  dataSourceConfig,
  outputConfig,
  insights,
  clusteringConfig,
}: Settings): void {
  const problems: FieldError[] = [];
  if (insights !== undefined) problems.push({ name: "insights", message: notYet });
  if (clusteringConfig !== undefined) problems.push({ name: "clusteringConfig", message: notYet });
  if (outputConfig !== undefined) {
    const message = "can't be set: results go to the ledger beside the session, and to the deployment's metrics";
    problems.push({ name: "outputConfig", message });
  }
  if (dataSourceConfig?.cloudWatchLogs?.logGroupNamePrefixes !== undefined) {
    const message = "can't be set: sessions are those of Gatehouse's own ledger; name the agent in serviceNames";
    problems.push({ name: "dataSourceConfig.cloudWatchLogs.logGroupNamePrefixes", message });
  }
  for (const [index, filter] of rule?.filters?.entries() ?? []) {
    const message = problemOf(filter);
    if (message !== undefined) problems.push({ name: `rule.filters[${index}].value`, message });
  }
  if (problems.length > 0) throw invalid(problems);
}

/** A rule with what holds where it says nothing, so that whoever reads it knows. */
export function ruleWithDefaults(rule: Rule): Rule {
  const { sessionConfig = { sessionTimeoutMinutes: defaultSessionTimeoutMinutes } } = rule;
  return { ...rule, sessionConfig };
}

const notYet = "is not part of Gatehouse yet";

/** Nothing is more or less than true: such a filter would let nothing through. */
function problemOf({ operator, value }: Filter): string | undefined {
  return ordering.has(operator) && value.booleanValue !== undefined
    ? `must be a doubleValue or a stringValue with ${operator}`
    : undefined;
}

const ordering: ReadonlySet<Filter["operator"]> = new Set([
  "GreaterThan",
  "GreaterThanOrEqual",
  "LessThan",
  "LessThanOrEqual",
]);
