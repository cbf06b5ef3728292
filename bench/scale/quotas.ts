import { topology } from "@gatehouse/functions/topology.ts";
import { stageOf } from "../../stacks/stages.ts";
import type { SourceName, Verification } from "./sources.ts";

/** What happens to whatever exceeds a quota. Only the first two bind: nobody's call waits for a trace. */
export type Effect = "calls are refused" | "records are late" | "traces are missing";

/** A bound of AWS, or of the deployment itself, in a unit of `demand.ts`. */
export interface Quota {
  readonly name: string;
  /** What an account has unless it asks, in `unit`. */
  readonly limit: number;
  readonly unit: string;
  /** What it can be brought to, in `unit`; the same as `limit` where nothing raises it. */
  readonly raised: number;
  /**
   * Where `raised` comes from: AWS says so; a multiple of the default is assumed, because AWS names no maximum; nothing
   * raises it; or it is a line of the deployment's own.
   */
  readonly raisedBy: "documented" | "assumed" | "fixed" | "ours";
  readonly effect: Effect;
  readonly source: SourceName;
  readonly verification: Verification;
}

const { throttling } = stageOf("production");

/** Where AWS names no maximum, this many times the default is assumed to be granted. */
const assumedIncrease = 5;

/** Every quota that a governed call counts against. An account's are a region's: each region has them anew. */
export const quotas = {
  stageThrottle: {
    name: "API: the stage's own throttle",
    limit: throttling.requestsPerSecond,
    unit: "requests/s",
    // It is a line of `stacks/stages.ts`: with it out of the way, the account's quota counts.
    raised: Number.POSITIVE_INFINITY,
    raisedBy: "ours",
    effect: "calls are refused",
    source: "stage",
    verification: "ours",
  },
  edgeRequests: {
    name: "CloudFront: requests of a distribution",
    limit: 250_000,
    unit: "requests/s",
    raised: 250_000 * assumedIncrease,
    raisedBy: "assumed",
    effect: "calls are refused",
    source: "cloudFrontQuotas",
    verification: "aws",
  },
  apiRequests: {
    name: "API Gateway: account throttle",
    limit: 10_000,
    unit: "requests/s",
    raised: 10_000 * assumedIncrease,
    raisedBy: "assumed",
    effect: "calls are refused",
    source: "apiGatewayQuotas",
    verification: "aws",
  },
  lambdaConcurrency: {
    name: "Lambda: concurrent executions",
    limit: 1_000,
    unit: "executions",
    // AWS says "tens of thousands", and this is the least that three can stand for.
    raised: 30_000,
    raisedBy: "documented",
    effect: "calls are refused",
    source: "lambdaQuotas",
    verification: "aws",
  },
  lambdaRequests: {
    name: "Lambda: invocations, 10 a second and execution",
    limit: 10_000,
    unit: "invocations/s",
    raised: 300_000,
    raisedBy: "documented",
    effect: "calls are refused",
    source: "lambdaQuotas",
    verification: "aws",
  },
  putEvents: {
    name: "EventBridge: PutEvents",
    limit: 10_000,
    unit: "requests/s",
    raised: 10_000 * assumedIncrease,
    raisedBy: "assumed",
    // What the bus refuses takes the outbox, whose one partition takes less than this: then calls fail.
    effect: "calls are refused",
    source: "eventBridgeQuotas",
    verification: "aws",
  },
  ruleInvocations: {
    name: "EventBridge: deliveries by rules",
    limit: 18_750,
    unit: "events/s",
    raised: 18_750 * assumedIncrease,
    raisedBy: "assumed",
    effect: "records are late",
    source: "eventBridgeQuotas",
    verification: "aws",
  },
  queueConcurrency: {
    name: "Lambda: batches of decisions at a time, by the topology",
    limit: topology.queues.record.maximumConcurrency,
    unit: "executions",
    // Provisioned mode: 2,000 pollers of 10 invocations each (`sources.lambdaProvisionedPollers`).
    raised: 20_000,
    raisedBy: "ours",
    effect: "records are late",
    source: "topology",
    verification: "ours",
  },
  inFlight: {
    name: "SQS: messages in flight",
    limit: 120_000,
    unit: "messages",
    raised: 120_000 * assumedIncrease,
    raisedBy: "assumed",
    effect: "records are late",
    source: "sqsQuotas",
    verification: "aws",
  },
  tableWrites: {
    name: "DynamoDB: writes of a table",
    limit: 40_000,
    unit: "write units/s",
    raised: 40_000 * assumedIncrease,
    raisedBy: "assumed",
    effect: "records are late",
    source: "dynamoQuotas",
    verification: "aws",
  },
  tableReads: {
    name: "DynamoDB: reads of a table",
    limit: 40_000,
    unit: "read units/s",
    raised: 40_000 * assumedIncrease,
    raisedBy: "assumed",
    effect: "calls are refused",
    source: "dynamoQuotas",
    verification: "aws",
  },
  keyWrites: {
    name: "DynamoDB: writes of the ledger's hottest key",
    limit: 1_000,
    unit: "write units/s",
    raised: 1_000,
    raisedBy: "fixed",
    effect: "records are late",
    source: "dynamoPartitions",
    verification: "aws",
  },
  keyReads: {
    name: "DynamoDB: reads of the configuration's hottest key",
    limit: 3_000,
    unit: "read units/s",
    raised: 3_000,
    raisedBy: "fixed",
    effect: "calls are refused",
    source: "dynamoPartitions",
    verification: "aws",
  },
  segments: {
    name: "X-Ray: segments",
    limit: 2_600,
    unit: "segments/s",
    raised: 2_600 * assumedIncrease,
    raisedBy: "assumed",
    effect: "traces are missing",
    source: "xrayQuotas",
    verification: "assumed",
  },
} as const satisfies Record<string, Quota>;

/** The name of a quota. */
export type QuotaName = keyof typeof quotas;

/** Quotas by name, as they are or as somebody wants them to be. */
export type Quotas = Readonly<Record<QuotaName, Quota>>;

/** Every quota brought to what it can be brought to. */
export function raised(given: Quotas): Quotas {
  const entries = Object.entries(given).map(([name, quota]) => [name, { ...quota, limit: quota.raised }]);
  return Object.fromEntries(entries) as Quotas; // The names are those of `given`.
}
