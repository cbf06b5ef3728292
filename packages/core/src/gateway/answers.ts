import type { CallToolResult } from "@modelcontextprotocol/server";
import { type CodesAnsweredAs, detailOf, errorKey, messageFor, retrySentence, type ValuesOf } from "./errors.ts";
import type { Consent } from "./targets/target.ts";

/** Where an answer names the decision behind it. */
export const decisionIdKey = "gatehouse/decisionId";

/** A call that policy denied, in AgentCore's words, and perhaps what failed; an agent reads it and goes on. */
export function denial(reason: string, explanation: string, decisionId: string): CallToolResult {
  return toolError("policyDenied", { reason }, decisionId, { addition: explanation });
}

/** A tool that isn't any more what was approved; an agent can't mend that, and goes on without it. */
export function quarantined(tool: string, decisionId: string): CallToolResult {
  return toolError("quarantined", { tool }, decisionId);
}

/** Arguments that don't fit the tool: the agent can mend them and call again (MCP, "Error handling"). */
export function invalidArguments(tool: string, complaint: string, decisionId: string): CallToolResult {
  return toolError("invalidArguments", { tool, complaint }, decisionId);
}

/** Where an answer has the address at which a user consents, for programs. */
export const consentKey = "gatehouse/consent";

/** A call that its user has to agree to in a browser; an agent asks them to, and calls again. */
export function consentNeeded(
  target: string,
  { authorizationUrl: url, sessionUri }: Consent,
  decisionId: string,
): CallToolResult {
  const result = toolError("consentNeeded", { target, url }, decisionId);
  return { ...result, _meta: { ...result._meta, [consentKey]: { url, sessionUri } } };
}

/** A target's answer with the decision that allowed it; what the target itself says there is not believed. */
export function withDecision(result: CallToolResult, decisionId: string): CallToolResult {
  const { [errorKey]: _, [consentKey]: __, ...meta } = result._meta ?? {};
  return { ...result, _meta: { ...meta, [decisionIdKey]: decisionId } };
}

/** What a tool error may say besides. */
export interface ToolErrorOptions {
  /** A sentence after the message. */
  readonly addition?: string;
  readonly retryAfterSeconds?: number;
  /** What exactly went wrong, told in place of the message: for gateways at exception level DEBUG. */
  readonly debug?: string;
}

/** The catalogue's tool error, with the decision about the call. */
export function toolError<Code extends CodesAnsweredAs<"toolError">>(
  code: Code,
  values: ValuesOf<Code>,
  decisionId: string,
  { addition = "", retryAfterSeconds, debug }: ToolErrorOptions = {},
): CallToolResult {
  const text = [debug ?? messageFor(code, values), addition, retrySentence(retryAfterSeconds)]
    .filter((part) => part !== "")
    .join(" ");
  const _meta = {
    [decisionIdKey]: decisionId,
    [errorKey]: detailOf(code, retryAfterSeconds),
    ...(debug === undefined ? {} : { debug: { message: debug } }),
  };
  return { content: [{ type: "text", text }], isError: true, _meta };
}
