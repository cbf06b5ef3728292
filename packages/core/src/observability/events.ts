import * as z from "zod";
import { spanFacts } from "./facts.ts";

/**
 * Every event of Gatehouse, in one place. An event's `detail` carries `schemaVersion`; a change that old readers can't
 * take gets a new version beside the old one, and readers accept both until no old event can be under way.
 */
const principal = z.object({
  type: z.enum(["AgentCore::OAuthUser", "AgentCore::IamEntity"]),
  id: z.string(),
});

/** What a policy engine, or the gate before it, said of one call or one list. */
export const toolDecision = z.object({
  schemaVersion: z.literal(1),
  decisionId: z.uuid(),
  /** When the decision fell, ISO 8601 in UTC. */
  time: z.iso.datetime(),
  method: z.enum(["tools/call", "tools/list", "prompts/get", "resources/read"]).or(z.string()),
  principal,
  /** The agent that acted for the principal: the token's `client_id`. */
  agent: z.string().optional(),
  gateway: z.object({ id: z.string(), arn: z.string(), version: z.number().int() }),
  /** Absent where the gateway has no engine. */
  policyEngine: z
    .object({ arn: z.string(), version: z.number().int(), mode: z.enum(["ENFORCE", "LOG_ONLY"]) })
    .optional(),
  target: z.string().optional(),
  /** The name the agent used: `Target___tool`. */
  tool: z.string().optional(),
  /** The prompt's name, `Target___prompt`. */
  prompt: z.string().optional(),
  /** The target's own URI, or template, of a resource that it lists. That of any other is an argument, in `request`. */
  resource: z.string().optional(),
  decision: z.enum(["ALLOW", "DENY"]),
  /**
   * What it meant for the caller. `would-deny`: LOG_ONLY let through what ENFORCE would have stopped.
   * `rejected`: stopped before policy, by the protocol, the tool's input schema or an interceptor, or an answer that the
   * gateway's RESPONSE interceptor could not look at, so that it was withheld; or by a rate limit.
   */
  outcome: z.enum(["allowed", "denied", "would-deny", "rejected", "listed"]),
  determiningPolicies: z.array(z.string()),
  /**
   * Of a call, where something about it is in LOG_ONLY, the engine or policies of it: what would have been decided had all
   * of it been enforced. Readers from before know nothing of it, and need not.
   */
  logOnly: z
    .object({
      decision: z.enum(["ALLOW", "DENY"]),
      determiningPolicies: z.array(z.string()),
      /** Whether the caller would have got another answer. */
      flips: z.boolean(),
      /** The policies in LOG_ONLY that hold for the call. */
      matchedPolicies: z.array(z.string()),
      /** Those of which each, if it alone were enforced, would change the decision. */
      flippingPolicies: z.array(z.string()),
      /** Something is wrong with one of them, or in evaluating it; enforced, it would deny. */
      error: z.literal(true).optional(),
    })
    .optional(),
  reason: z.string(),
  /** Of a list: what the caller was shown and what was kept from them; `names` may be cut, the counts never are. */
  listed: z
    .object({
      shown: z.object({ count: z.number().int(), names: z.array(z.string()) }),
      hidden: z.object({ count: z.number().int(), names: z.array(z.string()) }),
    })
    .optional(),
  /**
   * What the gateway's REQUEST interceptor did to the request that was decided about; absent where it has none. `failed`: and
   * the gateway's settings let the request pass as it came, or not at all.
   */
  interceptors: z
    .object({
      request: z.enum(["unchanged", "changed", "answered", "failed"]),
      /** The names of the attributes that it gave to policies. */
      context: z.array(z.string()).optional(),
    })
    .optional(),
  /** How long deciding took, in microseconds. */
  durationMicroseconds: z.number().nonnegative(),
  traceId: z.string().optional(),
  /** The gateway's own span of the request; absent where it makes none. */
  spanId: z.string().optional(),
  sessionId: z.string().optional(),
  /**
   * What the policies saw of a call beside what is above, so that it can be replayed. Only there where the gateway records
   * arguments: they can be anything, so they go into the ledger, and as examples into reports of replays, and nowhere else
   * (T18).
   */
  request: z
    .object({
      tags: z.record(z.string(), z.string()),
      arguments: z.record(z.string(), z.json()),
      /** What the gateway's interceptor told policies. */
      interceptor: z.record(z.string(), z.json()).optional(),
    })
    .optional(),
  /** Why `request` isn't there although the gateway records arguments. */
  requestOmitted: z.literal("too large").optional(),
});
export type ToolDecision = z.infer<typeof toolDecision>;

/** A target's tools are to be read (again) from the target. */
export const targetSynchronizationRequested = z.object({
  schemaVersion: z.literal(1),
  gatewayId: z.string(),
  targetId: z.string(),
});
export type TargetSynchronizationRequested = z.infer<typeof targetSynchronizationRequested>;

/** Policies are to be written from words. */
export const policyGenerationRequested = z.object({
  schemaVersion: z.literal(1),
  policyEngineId: z.string(),
  policyGenerationId: z.string(),
});
export type PolicyGenerationRequested = z.infer<typeof policyGenerationRequested>;

/** Recorded calls of a gateway are to be tried against other policies. */
export const policyReplayRequested = z.object({
  schemaVersion: z.literal(1),
  gatewayId: z.string(),
  policyReplayId: z.string(),
});
export type PolicyReplayRequested = z.infer<typeof policyReplayRequested>;

/** An administrator has changed the configuration. Secrets are left out before the event is made (T18). */
export const configurationChanged = z.object({
  schemaVersion: z.literal(1),
  changeId: z.uuid(),
  /** When the change was made, ISO 8601 in UTC. */
  time: z.iso.datetime(),
  requestId: z.string(),
  administrator: z.object({ type: z.string(), id: z.string(), roles: z.array(z.string()) }),
  /** As in `UpdateGateway`. */
  operation: z.string(),
  /** The ARN of what was changed. */
  resource: z.string(),
  /** What it was and what it is, as the API shows it; absent where there was, or is, nothing. */
  before: z.json().optional(),
  after: z.json().optional(),
});
export type ConfigurationChanged = z.infer<typeof configurationChanged>;

/**
 * Spans on their way to the ledger. A span's text is compressed, and cut into several parts, of which each is in an event of
 * its own, where it would not fit into one: the bus takes 256 KB.
 */
export const spansRecorded = z.object({
  schemaVersion: z.literal(1),
  /** `gateway`: Gatehouse's own. `agent`: by OTLP, and then who has sent them. An agent's span never stands for the gateway's. */
  source: z.enum(["gateway", "agent"]),
  sender: z.string().optional(),
  spans: z.array(
    z.object({
      traceId: z.string(),
      spanId: z.string(),
      sessionId: z.string().optional(),
      startTimeUnixNano: z.string(),
      part: z.object({ index: z.number().int(), count: z.number().int() }),
      /** JSON of a `Span`: as it is, or compressed by gzip in Base64, then cut into parts. */
      encoding: z.enum(["json", "gzip"]),
      body: z.string(),
      /** What it means; of a span in parts in the first of them. */
      facts: spanFacts.optional(),
    }),
  ),
});
export type SpansRecorded = z.infer<typeof spansRecorded>;
/** Agents' code has asked for a credential, by an operation of the data plane. The credential itself is never said (T18). */
export const credentialRequested = z.object({
  schemaVersion: z.literal(1),
  credentialRequestId: z.uuid(),
  /** When it was answered, ISO 8601 in UTC. */
  time: z.iso.datetime(),
  requestId: z.string(),
  /** Who has asked. */
  caller: z.object({ type: z.string(), id: z.string(), roles: z.array(z.string()) }),
  /** As in `GetResourceOauth2Token`. */
  operation: z.string(),
  /** For which agent, by its name; absent where the request did not come so far, as `user` and `provider`. */
  agent: z.string().optional(),
  /** For whom the agent works: a user of an issuer, or one whom the application vouches for; absent where it is for itself. */
  user: z.object({ issuer: z.string().optional(), id: z.string() }).optional(),
  /** The ARN of the credential provider. */
  provider: z.string().optional(),
  flow: z.string().optional(),
  scopes: z.array(z.string()).optional(),
  /** `failed`: for no fault of whoever has asked. */
  result: z.enum(["given", "consent-needed", "completed", "refused", "failed"]),
  /** Why it was refused or has failed, in words that hold no secret. */
  reason: z.string().optional(),
});
export type CredentialRequested = z.infer<typeof credentialRequested>;

/** A session is over that a configuration of online evaluation has in its sample. */
export const sessionEnded = z.object({
  schemaVersion: z.literal(1),
  configId: z.string(),
  sessionId: z.string(),
  /** The last minute in which anything happened, ISO 8601 in UTC. */
  lastActivity: z.iso.datetime(),
});
export type SessionEnded = z.infer<typeof sessionEnded>;

/** An evaluator has judged a session, a turn or a tool call of it, or has said why it can't. */
export const evaluationCompleted = z.object({
  schemaVersion: z.literal(1),
  /** The same whoever evaluates the same again (`evaluationIdOf`). */
  evaluationId: z.uuid(),
  /** When what is judged was over, ISO 8601 in UTC: so it is the same, too. */
  time: z.iso.datetime(),
  /** When it was judged. */
  evaluatedAt: z.iso.datetime(),
  config: z.object({ id: z.string(), arn: z.string() }),
  evaluator: z.object({ id: z.string(), arn: z.string(), name: z.string() }),
  level: z.enum(["SESSION", "TRACE", "TOOL_CALL"]),
  sessionId: z.string(),
  /** Of the turn, and the span that stands for the turn or is the tool call. */
  traceId: z.string().optional(),
  spanId: z.string().optional(),
  /** Whose work was judged, as its spans tell. */
  agent: z.string().optional(),
  agentVersion: z.string().optional(),
  label: z.string().optional(),
  value: z.number().optional(),
  explanation: z.string().optional(),
  tokenUsage: z.object({ inputTokens: z.number().int(), outputTokens: z.number().int() }).optional(),
  /** In billionths of a US dollar. */
  costNanoDollars: z.number().int().nonnegative().optional(),
  /** The share of a panel that agrees. */
  agreement: z.number().optional(),
  /** Why there is no label, where there is none. */
  errorCode: z.string().optional(),
  errorMessage: z.string().optional(),
  durationMicroseconds: z.number().nonnegative(),
});
export type EvaluationCompleted = z.infer<typeof evaluationCompleted>;

/** An evaluator's scores are worse than they were (`scoreFall.ts` has the rule). */
export const evaluationScoreFell = z.object({
  schemaVersion: z.literal(1),
  config: z.object({ id: z.string(), arn: z.string() }),
  evaluatorId: z.string(),
  /** Which scores are worse: lower ones, where the higher ones are better. */
  better: z.enum(["higher", "lower"]),
  /** The day that was compared, and the days that it was compared with: from (inclusive) to (exclusive). */
  recent: z.object({ from: z.iso.datetime(), to: z.iso.datetime(), scores: z.number().int(), mean: z.number() }),
  before: z.object({ from: z.iso.datetime(), to: z.iso.datetime(), scores: z.number().int(), mean: z.number() }),
});
export type EvaluationScoreFell = z.infer<typeof evaluationScoreFell>;

/** Detail type to source and schema: what may go on the bus. */
export const eventTypes = {
  ToolDecision: { source: "gatehouse.gateway", detail: toolDecision },
  TargetSynchronizationRequested: { source: "gatehouse.control", detail: targetSynchronizationRequested },
  PolicyGenerationRequested: { source: "gatehouse.control", detail: policyGenerationRequested },
  PolicyReplayRequested: { source: "gatehouse.control", detail: policyReplayRequested },
  ConfigurationChanged: { source: "gatehouse.control", detail: configurationChanged },
  SpansRecorded: { source: "gatehouse.spans", detail: spansRecorded },
  CredentialRequested: { source: "gatehouse.identity", detail: credentialRequested },
  SessionEnded: { source: "gatehouse.evaluation", detail: sessionEnded },
  EvaluationCompleted: { source: "gatehouse.evaluation", detail: evaluationCompleted },
  EvaluationScoreFell: { source: "gatehouse.evaluation", detail: evaluationScoreFell },
} as const;

/** An event on its way to the bus. */
export type GatehouseEvent =
  | { readonly type: "ToolDecision"; readonly detail: ToolDecision }
  | { readonly type: "TargetSynchronizationRequested"; readonly detail: TargetSynchronizationRequested }
  | { readonly type: "PolicyGenerationRequested"; readonly detail: PolicyGenerationRequested }
  | { readonly type: "PolicyReplayRequested"; readonly detail: PolicyReplayRequested }
  | { readonly type: "ConfigurationChanged"; readonly detail: ConfigurationChanged }
  | { readonly type: "SpansRecorded"; readonly detail: SpansRecorded }
  | { readonly type: "CredentialRequested"; readonly detail: CredentialRequested }
  | { readonly type: "SessionEnded"; readonly detail: SessionEnded }
  | { readonly type: "EvaluationCompleted"; readonly detail: EvaluationCompleted }
  | { readonly type: "EvaluationScoreFell"; readonly detail: EvaluationScoreFell };

/** Accepts events: when `publish` resolves, the event will be delivered at least once, come what may. */
export interface EventPublisher {
  /** @throws GatehouseError `internal` when neither the bus nor the outbox took the event. */
  publish(event: GatehouseEvent): Promise<void>;
}
