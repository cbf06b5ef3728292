import { writeFileSync } from "node:fs";
import {
  type ErrorAnswer,
  errorKey,
  type GatewayErrorDefinition,
  gatewayErrors,
} from "@gatehouse/core/gateway/errors.ts";

/*
 * node scripts/errors.ts
 *
 * Writes docs/errors.md: what an agent is answered when something goes wrong, by the table that decides it.
 */

/** Where the page is. */
export const pageFile = new URL("../docs/errors.md", import.meta.url);

/** The page: every error of the gateway, how it is answered, and what is on record. */
export function errorsPage(): string {
  return `<!-- Written by \`node scripts/errors.ts\`. -->
# Errors

What a gateway's MCP endpoint answers when something goes wrong. A *tool error* is a tool result with \`isError\`: the agent reads it and goes on.
Everything else is a JSON-RPC error, with the HTTP status that the table says, or that the client's era of MCP gives it.

A program finds the code under \`${errorKey}\`, in the \`_meta\` of a tool error and in the \`data\` of a JSON-RPC error:

\`\`\`json
{ "code": "targetUnavailable", "retryable": true, "retryAfterSeconds": 10 }
\`\`\`

*Retry* says whether the very same request may succeed later. \`retryAfterSeconds\` is there where it is known when; an HTTP answer says it as
\`Retry-After\` too. *Recorded* is the outcome of the [decision](concepts.md) in the ledger; where it says no, nobody knows who asked, there was nothing to
decide, or recording is what failed.

| code | answer | message | retry | recorded | when |
|---|---|---|---|---|---|
${Object.entries<GatewayErrorDefinition>(gatewayErrors)
  .map(([code, definition]) => row(code, definition))
  .join("\n")}

At exception level \`DEBUG\` of the gateway, the errors of targets say what exactly went wrong in place of their message. What a target itself answers as
an error (a tool result with \`isError\`) is passed on as it is.

What breaks the rules of the protocol is refused in the protocol's own words: an unknown method with -32601, a version that nobody speaks with 400 and
-32022, another content type than JSON with 415. These are recorded as \`rejected\` where they are about tools.
`;
}

function row(code: string, { answer, message, retryable, recorded, when }: GatewayErrorDefinition): string {
  const recording = recorded === "none" ? "no" : `\`${recorded}\``;
  return `| \`${code}\` | ${answered(answer)} | ${text(message)} | ${retryable ? "later" : "no"} | ${recording} | ${when} |`;
}

function answered(answer: ErrorAnswer): string {
  if (answer.as === "toolError") return "tool error";
  return answer.as === "http" ? `${answer.status}, ${answer.jsonRpc}` : `${answer.jsonRpc}`;
}

/** What stands for something of the case is set apart. */
function text(message: string): string {
  return message.replaceAll(/\{(\w+)\}/g, "*$1*");
}

if (import.meta.main) writeFileSync(pageFile, errorsPage());
