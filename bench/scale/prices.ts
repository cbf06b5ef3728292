import type { SourceName, Verification } from "./sources.ts";

/** A price in US dollars; of one unit, or of units by how many of them a month has. Free tiers are left out. */
export interface Price {
  /** Dollars a unit. Where there are tiers: each up to how many units a month, the last without an end. */
  readonly tiers: readonly { readonly upTo: number; readonly dollars: number }[];
  readonly unit: string;
  readonly source: SourceName;
  readonly verification: Verification;
}

const million = 1_000_000;
const billion = 1_000_000_000;
const endless = Number.POSITIVE_INFINITY;
const flat = (dollars: number) => [{ upTo: endless, dollars }];

/** What AWS asks for everything that a governed call uses. */
export const prices = {
  apiRequests: {
    tiers: [
      { upTo: 333 * million, dollars: 3.5 / million },
      { upTo: 1_000 * million, dollars: 2.8 / million },
      { upTo: 20 * billion, dollars: 2.38 / million },
      { upTo: endless, dollars: 1.51 / million },
    ],
    // A streamed answer counts once for every 10 MB begun (API Gateway's announcement of streaming, 2025-11).
    unit: "API request",
    source: "apiGatewayPricing",
    verification: "thirdParty",
  },
  edgeRequests: {
    tiers: flat(1 / million),
    unit: "HTTPS request to CloudFront",
    source: "cloudFrontPricing",
    verification: "thirdParty",
  },
  edgeFunctions: {
    tiers: flat(0.1 / million),
    unit: "invocation of a CloudFront function",
    source: "cloudFrontPricing",
    verification: "thirdParty",
  },
  edgeTransfer: {
    tiers: [
      { upTo: 10_240, dollars: 0.085 },
      { upTo: 51_200, dollars: 0.08 },
      { upTo: 153_600, dollars: 0.06 },
      { upTo: 512_000, dollars: 0.04 },
      { upTo: 1_048_576, dollars: 0.03 },
      { upTo: 5_242_880, dollars: 0.025 },
      { upTo: endless, dollars: 0.02 },
    ],
    unit: "GB from CloudFront to the internet",
    source: "cloudFrontPricing",
    verification: "aws",
  },
  lambdaRequests: {
    tiers: flat(0.2 / million),
    unit: "Lambda invocation",
    source: "lambdaPricing",
    verification: "thirdParty",
  },
  lambdaDuration: {
    tiers: [
      { upTo: 7.5 * billion, dollars: 0.0000133334 },
      { upTo: 18.75 * billion, dollars: 0.0000120001 },
      { upTo: endless, dollars: 0.0000106667 },
    ],
    // Streaming costs more only beyond the first 6 MB of an answer.
    unit: "Lambda GB-second on arm64",
    source: "lambdaPricing",
    verification: "thirdParty",
  },
  events: {
    tiers: flat(1 / million),
    // Delivery to a queue of the same account is free.
    unit: "64 KB of a custom event",
    source: "eventBridgePricing",
    verification: "thirdParty",
  },
  archiving: {
    tiers: flat(0.1),
    unit: "GB into the archive of events",
    source: "eventBridgePricing",
    verification: "thirdParty",
  },
  archive: {
    tiers: flat(0.023),
    unit: "GB-month of that archive",
    source: "eventBridgePricing",
    verification: "thirdParty",
  },
  queueRequests: {
    tiers: [
      { upTo: 100 * billion, dollars: 0.4 / million },
      { upTo: 200 * billion, dollars: 0.3 / million },
      { upTo: endless, dollars: 0.24 / million },
    ],
    unit: "64 KB of a request to a queue",
    source: "sqsPricing",
    verification: "thirdParty",
  },
  writeUnits: {
    tiers: flat(0.625 / million),
    unit: "write request unit",
    source: "dynamoPricing",
    verification: "thirdParty",
  },
  readUnits: {
    tiers: flat(0.125 / million),
    unit: "read request unit",
    source: "dynamoPricing",
    verification: "thirdParty",
  },
  tableStorage: {
    tiers: flat(0.25),
    unit: "GB-month of a table or index",
    source: "dynamoPricing",
    verification: "thirdParty",
  },
  pointInTimeRecovery: {
    tiers: flat(0.2),
    unit: "GB-month of point-in-time recovery",
    source: "dynamoPricing",
    verification: "thirdParty",
  },
  logIngestion: { tiers: flat(0.5), unit: "GB of logs", source: "cloudWatchPricing", verification: "thirdParty" },
  logStorage: {
    tiers: flat(0.03),
    unit: "GB-month of logs, compressed",
    source: "cloudWatchPricing",
    verification: "thirdParty",
  },
  traces: { tiers: flat(5 / million), unit: "trace recorded", source: "xrayPricing", verification: "aws" },
  transferOut: {
    tiers: [
      { upTo: 10_240, dollars: 0.09 },
      { upTo: 51_200, dollars: 0.085 },
      { upTo: 153_600, dollars: 0.07 },
      { upTo: endless, dollars: 0.05 },
    ],
    unit: "GB to the internet",
    source: "transferPricing",
    verification: "thirdParty",
  },
  alarms: { tiers: flat(0.1), unit: "alarm-month", source: "cloudWatchPricing", verification: "thirdParty" },
  dashboards: { tiers: flat(3), unit: "dashboard-month", source: "cloudWatchPricing", verification: "thirdParty" },
  keys: { tiers: flat(1), unit: "key-month", source: "kmsPricing", verification: "thirdParty" },
  schedules: {
    tiers: flat(1 / million),
    unit: "scheduled call",
    source: "eventBridgePricing",
    verification: "thirdParty",
  },
} as const satisfies Record<string, Price>;

/** The name of a price. */
export type PriceName = keyof typeof prices;

/**
 * AgentCore's list price of one governed call, in dollars: its gateway's invocation and its policy's authorisation. The
 * page shows them to browsers only; these are readings of others, who agree.
 */
export const agentCore = {
  invocation: 5 / million,
  authorization: 25 / million,
  source: "agentCorePricing",
  verification: "thirdParty",
} as const satisfies {
  invocation: number;
  authorization: number;
  source: SourceName;
  verification: Verification;
};

/** What so many units a month cost in dollars, each in the tier that it falls into. */
export function costOf({ tiers }: Price, units: number): number {
  let cost = 0;
  let from = 0;
  for (const { upTo, dollars } of tiers) {
    cost += Math.max(0, Math.min(units, upTo) - from) * dollars;
    from = upTo;
  }
  return cost;
}
