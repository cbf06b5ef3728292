import type { CallToolResult } from "@modelcontextprotocol/server";

/** Where an answer names the decision behind it. */
export const decisionIdKey = "gatehouse/decisionId";

/** A call that policy denied, in AgentCore's words, and perhaps what failed; an agent reads it and goes on. */
export function denial(reason: string, explanation: string, decisionId: string): CallToolResult {
  const text = `Tool Execution Denied: Tool call not allowed due to policy enforcement [${reason}]`;
  return toolError(explanation === "" ? text : `${text} ${explanation}`, { [decisionIdKey]: decisionId });
}

/** A tool that isn't any more what was approved; an agent can't mend that, and goes on without it. */
export function quarantined(tool: string, decisionId: string): CallToolResult {
  const text = `The tool ${tool} has changed since it was approved. It can't be called until an administrator accepts it.`;
  return toolError(text, { [decisionIdKey]: decisionId });
}

/** Arguments that don't fit the tool: the agent can mend them and call again (MCP, "Error handling"). */
export function invalidArguments(tool: string, complaint: string, decisionId: string): CallToolResult {
  return toolError(`Invalid arguments for tool ${tool}: ${complaint}.`, { [decisionIdKey]: decisionId });
}

/** A target that failed. What exactly went wrong is told only where the gateway's exception level is DEBUG. */
export function targetFailure(detail: string, debug: boolean, decisionId: string): CallToolResult {
  const meta = { [decisionIdKey]: decisionId };
  if (debug) return toolError(detail, { ...meta, debug: { message: detail } });
  return toolError("An internal error occurred. Please retry later.", meta);
}

/** A target's answer with the decision that allowed it; what the target itself says there is not believed. */
export function withDecision(result: CallToolResult, decisionId: string): CallToolResult {
  return { ...result, _meta: { ...result._meta, [decisionIdKey]: decisionId } };
}

function toolError(text: string, meta: Record<string, unknown>): CallToolResult {
  return { content: [{ type: "text", text }], isError: true, _meta: meta };
}
