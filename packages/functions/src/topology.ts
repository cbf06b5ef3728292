import { type TableDefinition, type TableName, tables } from "@gatehouse/core/storage/tables.ts";

/** What may be done with a table, in DynamoDB's own words: a transaction is allowed by what is in it. */
export type TableOperation =
  | "GetItem"
  | "Query"
  | "PutItem"
  | "UpdateItem"
  | "DeleteItem"
  | "BatchWriteItem"
  | "ConditionCheckItem";

/** A Lambda function: which file holds its `handler`, what it may use, and its bounds. */
export interface FunctionDefinition {
  /** The module beside this file that exports `handler`. */
  readonly module: string;
  /** Chosen by measurement: docs/speed.md, "Memory". */
  readonly memoryMegabytes: number;
  readonly timeoutSeconds: number;
  readonly reads: readonly TableName[];
  readonly writes: readonly TableName[];
  /** The operations on a table of which it needs fewer than reading (with indexes) or writing stand for. */
  readonly only?: Partial<Record<TableName, readonly TableOperation[]>>;
  /** The tables of which it reads indexes too, although `only` says its operations one by one. */
  readonly readsIndexes?: readonly TableName[];
  readonly publishes: boolean;
  /** Whether it seals and opens secrets, for which it needs the deployment's key (KMS GenerateDataKey and Decrypt). */
  readonly usesKey: boolean;
  /** Whether it may call the Lambda functions that gateways name as targets and interceptors, and evaluators as their code. */
  readonly invokesTargets: boolean;
  /** Whether it signs requests to targets, which it does with the roles of gateways. */
  readonly takesGatewayRoles?: boolean;
  /** Whether it reads the descriptions that targets' tools are made from: objects in S3, and exports of API Gateway. */
  readonly readsDescriptions?: boolean;
  /** Whether it asks the deployment's model, where there is one. */
  readonly asksModel?: boolean;
  /** Whether it asks the deployment's embedding model, where there is one. */
  readonly asksEmbeddingModel?: boolean;
  /** Whether it asks the deployment's judge, where there is one. */
  readonly asksJudge?: boolean;
  /** Whether it answers through a response stream, for which API Gateway waits for 15 minutes rather than 29 seconds. */
  readonly streams?: boolean;
}

/**
 * An HTTP route. Paths are API Gateway's: `{name}` is a segment, `{name+}` the rest. The most specific route wins. No
 * route has an authorizer: every function authenticates its requests itself, with identities that API Gateway knows
 * nothing of (a gateway's own issuer, Gatehouse's access keys).
 */
export interface RouteDefinition {
  readonly method: "ANY" | "GET" | "POST";
  readonly path: string;
  readonly function: string;
}

/** An event rule: what matches goes to the queue. The pattern is EventBridge's. */
export interface RuleDefinition {
  readonly pattern: {
    readonly source: readonly string[];
    readonly "detail-type": readonly string[];
    readonly detail?: Readonly<Record<string, readonly string[]>>;
  };
  readonly queue: string;
}

/** A queue and the function that drains it; what fails too often moves to its dead-letter queue. */
export interface QueueDefinition {
  readonly function: string;
  readonly batchSize: number;
  /** How long a batch may wait to fill up. */
  readonly batchWindowSeconds: number;
  readonly maxReceiveCount: number;
  /** How long SQS hides a batch that is being worked on; on one machine a batch is worked on by nobody else. */
  readonly visibilityTimeoutSeconds: number;
  /**
   * How many invocations of its function there may be at a time, from 2 on: what has piled up must not take the account's
   * concurrency from the gateway. On one machine there are two at a time.
   */
  readonly maximumConcurrency: number;
}

/** A function called at a fixed rate. */
export interface ScheduleDefinition {
  readonly rateMinutes: number;
  readonly function: string;
}

/** A function that another service calls on an occasion of its own. */
export interface TriggerDefinition {
  /** Cognito's pre token generation, event version 2. */
  readonly event: "preTokenGeneration";
  readonly function: string;
}

/** Who uses Gatehouse where the deployment brings an issuer of its own. */
export interface IdentityDefinition {
  /**
   * Attributes of users that become claims of their access tokens. Administrators set them; users cannot. One can be added
   * to a pool that is there, but never renamed or taken away.
   */
  readonly claims: readonly string[];
}

export interface Topology {
  readonly tables: Readonly<Record<TableName, TableDefinition>>;
  readonly functions: Readonly<Record<string, FunctionDefinition>>;
  readonly routes: readonly RouteDefinition[];
  readonly rules: Readonly<Record<string, RuleDefinition>>;
  readonly queues: Readonly<Record<string, QueueDefinition>>;
  readonly schedules: Readonly<Record<string, ScheduleDefinition>>;
  /** What only AWS has: one machine has a development issuer and an administrator's key of its own. */
  readonly triggers?: Readonly<Record<string, TriggerDefinition>>;
  readonly identity?: IdentityDefinition;
  /** Functions that nothing calls but whoever may invoke them by IAM. */
  readonly byHand?: readonly string[];
  /** Functions that CloudWatch's dashboards call for their custom widgets, each in the name of whoever looks. */
  readonly customWidgets?: readonly string[];
}

/**
 * What is connected to what, said once: `stacks/` turns it into AWS resources, `packages/local` into a running process.
 * Tables come from beside the repositories that know their items (`core/storage/tables.ts`).
 */
export const topology = {
  tables,
  functions: {
    gateway: {
      module: "gateway.ts",
      memoryMegabytes: 1024,
      timeoutSeconds: 900,
      reads: ["config", "vault"],
      writes: ["ledger", "aggregates", "vault"],
      // Of the ledger it needs the outbox alone, and there nothing but to leave an event; of the aggregates the buckets of
      // rate limits, and there nothing but to take from one.
      only: {
        config: ["GetItem", "Query"],
        ledger: ["PutItem"],
        aggregates: ["UpdateItem"],
        vault: ["GetItem", "PutItem", "UpdateItem", "DeleteItem"],
      },
      publishes: true,
      // For cursors and what targets want back through their callers: both are sealed on their way.
      usesKey: true,
      invokesTargets: true,
      takesGatewayRoles: true,
      asksEmbeddingModel: true,
      streams: true,
    },
    control: {
      module: "control.ts",
      // The solver that says what a policy means takes 200 MB, and all the processor that it gets.
      memoryMegabytes: 1024,
      // As long as API Gateway waits for an answer that isn't streamed.
      timeoutSeconds: 29,
      reads: ["config"],
      // The ledger's table has the outbox, in which a change leaves its events.
      writes: ["config", "ledger"],
      only: { ledger: ["PutItem", "DeleteItem"] },
      publishes: true,
      usesKey: true,
      invokesTargets: false,
    },
    identity: {
      module: "identity.ts",
      memoryMegabytes: 1024,
      timeoutSeconds: 29,
      reads: ["config", "vault"],
      writes: ["ledger", "vault", "aggregates"],
      // Of the configuration also the list of gateways, whose authorizers say which tokens of users are good; of the
      // aggregates the buckets of rate limits, and there nothing but to take from one; of the ledger the outbox, and there
      // nothing but to leave an event.
      only: {
        ledger: ["PutItem"],
        vault: ["GetItem", "PutItem", "UpdateItem", "DeleteItem"],
        aggregates: ["UpdateItem"],
      },
      // Who asked for which credential: an answer leaves once that is recorded.
      publishes: true,
      usesKey: true,
      invokesTargets: false,
    },
    synchronize: {
      module: "synchronize.ts",
      // A description of 9 MB takes 500 MB in YAML, and 200 MB in JSON.
      memoryMegabytes: 1024,
      timeoutSeconds: 120,
      reads: ["config", "vault"],
      writes: ["config", "vault"],
      only: {
        config: ["GetItem", "Query", "UpdateItem", "BatchWriteItem"],
        vault: ["GetItem", "PutItem", "UpdateItem", "DeleteItem"],
      },
      publishes: false,
      // Of servers that list their tools for nobody else, the gateway's own keys and tokens.
      usesKey: true,
      invokesTargets: false,
      asksEmbeddingModel: true,
      // Servers that list their tools for a signature alone.
      takesGatewayRoles: true,
      readsDescriptions: true,
    },
    author: {
      module: "author.ts",
      memoryMegabytes: 1024,
      // A model takes its time, and gets its policies back a few times.
      timeoutSeconds: 300,
      reads: ["config"],
      writes: ["config"],
      only: { config: ["GetItem", "Query", "PutItem"] },
      publishes: false,
      usesKey: false,
      invokesTargets: false,
      asksModel: true,
    },
    replay: {
      module: "replay.ts",
      // A whole processor.
      memoryMegabytes: 1769,
      timeoutSeconds: 900,
      reads: ["config", "ledger"],
      writes: ["config"],
      only: { config: ["GetItem", "Query", "PutItem"], ledger: ["Query"] },
      publishes: false,
      usesKey: false,
      invokesTargets: false,
    },
    traces: {
      module: "traces.ts",
      // What a request of 20 MB becomes takes several times as much.
      memoryMegabytes: 1024,
      timeoutSeconds: 29,
      // Access keys and policies of the administration, and the keyring that opens the keys' secrets.
      reads: ["config"],
      // Of the ledger it needs the outbox alone, and there nothing but to leave an event.
      writes: ["ledger"],
      only: { config: ["GetItem"], ledger: ["PutItem"] },
      publishes: true,
      usesKey: true,
      invokesTargets: false,
    },
    evaluations: {
      module: "evaluations.ts",
      // A session of 6 MB, as text, as spans and as what a judge is shown of it, takes 200 MB. Then it waits for the judge.
      memoryMegabytes: 512,
      // Ten verdicts of a model that takes its time, or of functions that may take five minutes.
      timeoutSeconds: 900,
      // Access keys, policies of the administration, and evaluators.
      reads: ["config"],
      // Of the aggregates the judge's budget, and there nothing but to take from it and to give back.
      writes: ["aggregates"],
      only: { config: ["GetItem"], aggregates: ["UpdateItem"] },
      publishes: false,
      // For the secrets of access keys.
      usesKey: true,
      // Evaluators that are code.
      invokesTargets: true,
      asksJudge: true,
      streams: true,
    },
    endSessions: {
      module: "endSessions.ts",
      // Ending a session takes 4 ms of a whole processor: with as much as this, 3,600 sessions a minute.
      memoryMegabytes: 512,
      // As long as its rate leaves.
      timeoutSeconds: 55,
      // Of the configuration the list of online evaluations, which the index has.
      reads: ["config", "ledger"],
      // A session is marked in one transaction with the event that says so, which waits in the outbox until the bus has it.
      writes: ["ledger"],
      only: { config: [], ledger: ["GetItem", "Query", "PutItem", "DeleteItem"] },
      readsIndexes: ["config"],
      publishes: true,
      usesKey: false,
      invokesTargets: false,
    },
    evaluate: {
      module: "evaluate.ts",
      // The longest session that is read, and what a judge is shown of it, takes 700 MB.
      memoryMegabytes: 1024,
      // A judge takes its time for each turn; what is left when it is over is done the next time.
      timeoutSeconds: 900,
      reads: ["config", "ledger"],
      // Of the ledger the outbox alone, and there nothing but to leave an event; of the aggregates the judge's budget, and
      // there nothing but to take from it and to give back.
      writes: ["ledger", "aggregates"],
      only: { config: ["GetItem"], ledger: ["Query", "PutItem"], aggregates: ["UpdateItem"] },
      readsIndexes: ["ledger"],
      publishes: true,
      usesKey: false,
      // Evaluators that are code.
      invokesTargets: true,
      asksJudge: true,
    },
    watchScores: {
      module: "watchScores.ts",
      memoryMegabytes: 256,
      timeoutSeconds: 120,
      reads: ["config", "aggregates"],
      writes: ["ledger"],
      only: { config: [], ledger: ["PutItem", "DeleteItem"], aggregates: ["Query"] },
      readsIndexes: ["config"],
      publishes: true,
      usesKey: false,
      invokesTargets: false,
    },
    record: {
      module: "record.ts",
      memoryMegabytes: 512,
      timeoutSeconds: 30,
      reads: [],
      writes: ["ledger", "aggregates"],
      // A transaction is allowed by what is in it: rows, what a session's counters grow by, scores, and blocks of counts,
      // which are read and taken away when they are merged. Marks are written in batches.
      only: {
        ledger: ["PutItem", "UpdateItem", "BatchWriteItem"],
        aggregates: ["GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"],
      },
      publishes: false,
      usesKey: false,
      invokesTargets: false,
    },
    compact: {
      module: "compact.ts",
      memoryMegabytes: 512,
      // As long as it takes: what is left is merged the next time.
      timeoutSeconds: 900,
      reads: ["aggregates"],
      writes: ["aggregates"],
      only: { aggregates: ["GetItem", "Query", "PutItem", "DeleteItem"] },
      publishes: false,
      usesKey: false,
      invokesTargets: false,
    },
    query: {
      module: "query.ts",
      memoryMegabytes: 1024,
      // An export of any range.
      timeoutSeconds: 900,
      reads: ["config", "ledger", "aggregates"],
      writes: [],
      // Of the configuration who may ask; of the rest what was recorded.
      only: { config: ["GetItem", "Query"], ledger: ["Query"], aggregates: ["Query"] },
      readsIndexes: ["ledger"],
      publishes: false,
      // For where pages begin, and the secrets of access keys.
      usesKey: true,
      invokesTargets: false,
      streams: true,
    },
    sweep: {
      module: "sweep.ts",
      memoryMegabytes: 256,
      timeoutSeconds: 60,
      reads: ["ledger"],
      writes: ["ledger"],
      only: { ledger: ["Query", "DeleteItem"] },
      publishes: true,
      usesKey: false,
      invokesTargets: false,
    },
    widget: {
      module: "widget.ts",
      memoryMegabytes: 512,
      timeoutSeconds: 29,
      reads: ["aggregates"],
      writes: [],
      // Counts alone: whoever sees a dashboard needs no ledger, in which arguments may stand.
      only: { aggregates: ["Query"] },
      publishes: false,
      usesKey: false,
      invokesTargets: false,
    },
    preToken: {
      module: "preToken.ts",
      memoryMegabytes: 256,
      // Cognito doesn't wait longer.
      timeoutSeconds: 5,
      reads: [],
      writes: [],
      publishes: false,
      usesKey: false,
      invokesTargets: false,
    },
    firstKey: {
      module: "firstKey.ts",
      memoryMegabytes: 512,
      timeoutSeconds: 30,
      reads: ["config"],
      writes: ["config", "ledger"],
      only: { config: ["GetItem", "Query", "PutItem", "UpdateItem"], ledger: ["PutItem", "DeleteItem"] },
      publishes: true,
      usesKey: true,
      invokesTargets: false,
    },
  },
  routes: [
    { method: "ANY", path: "/gateways/{gatewayId}/mcp", function: "gateway" },
    { method: "GET", path: "/.well-known/oauth-protected-resource/{path+}", function: "gateway" },
    { method: "GET", path: "/.well-known/oauth-authorization-server/{path+}", function: "identity" },
    { method: "POST", path: "/identities/GetWorkloadAccessToken", function: "identity" },
    { method: "POST", path: "/identities/GetWorkloadAccessTokenForJWT", function: "identity" },
    { method: "POST", path: "/identities/GetWorkloadAccessTokenForUserId", function: "identity" },
    { method: "POST", path: "/identities/api-key", function: "identity" },
    { method: "POST", path: "/identities/oauth2/token", function: "identity" },
    { method: "POST", path: "/identities/CompleteResourceTokenAuth", function: "identity" },
    { method: "ANY", path: "/oauth/{path+}", function: "identity" },
    { method: "POST", path: "/evaluations/evaluate/{evaluatorId}", function: "evaluations" },
    { method: "POST", path: "/v1/traces", function: "traces" },
    { method: "GET", path: "/observability/{path+}", function: "query" },
    { method: "ANY", path: "/{path+}", function: "control" },
  ],
  rules: {
    decisions: { pattern: { source: ["gatehouse.gateway"], "detail-type": ["ToolDecision"] }, queue: "record" },
    changes: { pattern: { source: ["gatehouse.control"], "detail-type": ["ConfigurationChanged"] }, queue: "record" },
    spans: { pattern: { source: ["gatehouse.spans"], "detail-type": ["SpansRecorded"] }, queue: "record" },
    credentials: {
      pattern: { source: ["gatehouse.identity"], "detail-type": ["CredentialRequested"] },
      queue: "record",
    },
    sessionEnds: {
      pattern: { source: ["gatehouse.evaluation"], "detail-type": ["SessionEnded"] },
      queue: "evaluate",
    },
    evaluations: {
      pattern: { source: ["gatehouse.evaluation"], "detail-type": ["EvaluationCompleted"] },
      queue: "record",
    },
    synchronizations: {
      pattern: { source: ["gatehouse.control"], "detail-type": ["TargetSynchronizationRequested"] },
      queue: "synchronize",
    },
    toolChanges: {
      pattern: {
        source: ["gatehouse.control"],
        "detail-type": ["ConfigurationChanged"],
        detail: { operation: ["CreateGatewayTarget", "UpdateGatewayTarget", "DeleteGatewayTarget", "DeleteGateway"] },
      },
      queue: "synchronize",
    },
    generations: {
      pattern: { source: ["gatehouse.control"], "detail-type": ["PolicyGenerationRequested"] },
      queue: "author",
    },
    replays: {
      pattern: { source: ["gatehouse.control"], "detail-type": ["PolicyReplayRequested"] },
      queue: "replay",
    },
  },
  queues: {
    author: {
      function: "author",
      batchSize: 1,
      batchWindowSeconds: 0,
      maxReceiveCount: 3,
      visibilityTimeoutSeconds: 1_800,
      maximumConcurrency: 5,
    },
    evaluate: {
      function: "evaluate",
      batchSize: 1,
      batchWindowSeconds: 0,
      // A judge that is away, or whose budget is spent, is asked again for a good while: each time takes the visibility
      // time-out.
      maxReceiveCount: 5,
      visibilityTimeoutSeconds: 5_400,
      maximumConcurrency: 5,
    },
    replay: {
      function: "replay",
      batchSize: 1,
      batchWindowSeconds: 0,
      maxReceiveCount: 2,
      visibilityTimeoutSeconds: 5_400,
      maximumConcurrency: 2,
    },
    record: {
      function: "record",
      // The more, the more of them add to the same counters, which are written once for all. A decision may wait a second for
      // others.
      batchSize: 200,
      batchWindowSeconds: 1,
      // A quarter of an hour of an unreachable ledger, before anybody has to redrive.
      maxReceiveCount: 20,
      // Six times as long as its function may take, and the window.
      visibilityTimeoutSeconds: 181,
      maximumConcurrency: 50,
    },
    synchronize: {
      function: "synchronize",
      batchSize: 1,
      batchWindowSeconds: 0,
      maxReceiveCount: 3,
      visibilityTimeoutSeconds: 720,
      maximumConcurrency: 5,
    },
  },
  schedules: {
    outbox: { rateMinutes: 1, function: "sweep" },
    counts: { rateMinutes: 60, function: "compact" },
    sessionEnds: { rateMinutes: 1, function: "endSessions" },
    scores: { rateMinutes: 60, function: "watchScores" },
  },
  triggers: {
    claims: { event: "preTokenGeneration", function: "preToken" },
  },
  identity: { claims: ["department"] },
  byHand: ["firstKey"],
  customWidgets: ["widget"],
} as const satisfies Topology;
