/**
 * What is asked about what has happened: the operations of the query API, which aren't the control plane's. All of them are
 * about the account, and in the group `Read`.
 */
export const observabilityActions = [
  "ListDecisions",
  "ListEvaluations",
  "GetAggregates",
  "ListTop",
  "ListSessions",
  "GetSession",
  "GetTrace",
  "ExportDecisions",
  "GetReconciliation",
] as const;
