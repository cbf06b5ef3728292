/** How gateways share the load: it falls on all of them alike. */
export interface Spread {
  readonly gateways: number;
  /** How many gateways have their policies from one engine. */
  readonly gatewaysPerEngine: number;
}

/** Everything about the load and its surroundings that the code cannot say. */
export interface LoadModel extends Spread {
  /** `tools/list` requests a tool call. Each is a request, a decision and an event of its own. */
  readonly listsPerCall: number;
  /** Tools that a list shows; their names are in its decision. */
  readonly tools: number;
  /** How long a target takes to answer, in milliseconds. */
  readonly targetMilliseconds: number;
  /** Processor time of a request in the gateway, in milliseconds of one whole vCPU. */
  readonly cpuMilliseconds: number;
  /** How long PutEvents, one consistent GetItem and one ReceiveMessage take, in milliseconds. */
  readonly putEventsMilliseconds: number;
  readonly getItemMilliseconds: number;
  readonly receiveMilliseconds: number;
  /** How long `record` takes, in milliseconds: for a batch, and for each event in it. */
  readonly recordMilliseconds: { readonly batch: number; readonly event: number };
  /** How much of a poller's time may be used before another is needed. */
  readonly pollerUtilisation: number;
  /** How much of a quota a deployment should use, so that a peak finds room. */
  readonly headroom: number;
  /** What leaves AWS, in bytes: the answer to a call, the answer to a list, the request to the target. */
  readonly answerBytes: number;
  readonly listBytes: number;
  readonly targetRequestBytes: number;
  /** What is logged, in bytes: by Lambda for an invocation, by API Gateway for a request. */
  readonly invocationLogBytes: number;
  readonly accessLogBytes: number;
  /** How much of a log is left of it when it is stored. */
  readonly logCompression: number;
  /** X-Ray's default rule: so many requests a second, and this share of the rest; and the segments that a trace has. */
  readonly sampling: { readonly reservoir: number; readonly rate: number };
  readonly segmentsPerTrace: number;
}

/**
 * The defaults. The processor time is measured, of the gateway's function after 300 calls, with each of them traced
 * (`docs/speed.md`, "Cold starts"). Bytes and milliseconds of AWS's services are assumptions: nothing was measured on AWS.
 */
export const defaultModel: LoadModel = {
  gateways: 1,
  gatewaysPerEngine: 1,
  listsPerCall: 0.1,
  tools: 10,
  targetMilliseconds: 200,
  cpuMilliseconds: 8.6,
  putEventsMilliseconds: 20,
  getItemMilliseconds: 5,
  receiveMilliseconds: 15,
  recordMilliseconds: { batch: 25, event: 1.5 },
  pollerUtilisation: 0.8,
  headroom: 0.7,
  answerBytes: 2_000,
  listBytes: 8_000,
  targetRequestBytes: 1_500,
  invocationLogBytes: 450,
  accessLogBytes: 450,
  logCompression: 0.15,
  sampling: { reservoir: 1, rate: 0.05 },
  segmentsPerTrace: 4,
};

/** Tool calls a second that the tables are about. */
export const loads = [1, 10, 100, 1_000, 10_000, 100_000] as const;

/** The spreads that the tables compare, by the names they have there. */
export const spreads = {
  "1 gateway": { gateways: 1, gatewaysPerEngine: 1 },
  "100 gateways": { gateways: 100, gatewaysPerEngine: 1 },
  "100 gateways, one engine": { gateways: 100, gatewaysPerEngine: 100 },
} as const satisfies Record<string, Spread>;

/** The name of a spread. */
export type SpreadName = keyof typeof spreads;

/** A month as prices mean it here. */
export const secondsPerMonth = 30 * 24 * 3_600;
