import * as z from "zod";

/** How a call or a model call ended: nothing wrong, the caller's mistake, the other side's, or the gate's own refusal. */
const error = z.enum(["4xx", "5xx", "timeout", "tool", "refused"]);

/**
 * What a span means, said by whoever made or read it, so that it is counted without being understood again. A span that
 * means nothing of this has none.
 */
export const spanFacts = z.discriminatedUnion("type", [
  /** A request of an agent to the gateway, from its arrival to its answer: one for each decision about a call. */
  z.object({
    type: z.literal("toolCall"),
    decisionId: z.uuid(),
    gatewayId: z.string(),
    policyEngine: z.string().optional(),
    mode: z.enum(["ENFORCE", "LOG_ONLY"]).optional(),
    method: z.string(),
    target: z.string().optional(),
    tool: z.string().optional(),
    decision: z.enum(["ALLOW", "DENY"]),
    outcome: z.string(),
    principal: z.string(),
    agent: z.string().optional(),
    error: error.optional(),
    /** The HTTP status of the target, where it has one. */
    statusCode: z.number().int().optional(),
    durationMicroseconds: z.number().nonnegative(),
  }),
  /** A request of an agent to a model. */
  z.object({
    type: z.literal("modelCall"),
    /** `service.name`, or the agent that the span names. */
    agent: z.string(),
    provider: z.string().optional(),
    model: z.string(),
    inputTokens: z.number().int().nonnegative(),
    outputTokens: z.number().int().nonnegative(),
    /** In billionths of a US dollar; absent where the model has no price. */
    costNanoDollars: z.number().int().nonnegative().optional(),
    error: error.optional(),
    durationMicroseconds: z.number().nonnegative(),
  }),
  /** A tool call as the agent's own code tells of it, whether it went through a gateway or not. */
  z.object({
    type: z.literal("agentToolCall"),
    agent: z.string(),
    tool: z.string(),
    error: error.optional(),
    durationMicroseconds: z.number().nonnegative(),
  }),
]);
export type SpanFacts = z.infer<typeof spanFacts>;
