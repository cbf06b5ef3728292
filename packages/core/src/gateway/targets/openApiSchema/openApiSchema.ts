import type { CallToolResult } from "@modelcontextprotocol/server";
import type { TargetCredentials } from "../credentials/credential.ts";
import { withCredential } from "../credentials/withCredential.ts";
import type { HttpRequest } from "../http/request.ts";
import { toolResultOf } from "../http/result.ts";
import { isUnauthorized, sendRequest } from "../http/send.ts";
import { discoveredElsewhere, type Invocation, type TargetKind } from "../target.ts";
import { bindingOf } from "./binding.ts";
import { requestOf } from "./request.ts";
import { Unwritable } from "./serialize.ts";

/** What calls of HTTP APIs need from around them. */
export interface HttpOptions {
  readonly allowLoopback: boolean;
  readonly credentials: TargetCredentials;
}

/**
 * An HTTP API with an OpenAPI description as a target. Each of its tools carries how it is called, so that calls know
 * nothing of the description; discover.ts reads it.
 */
export function openApiSchemaTarget(options: HttpOptions): TargetKind {
  return {
    call: (invocation) => callOperation(invocation, options),
    discover: discoveredElsewhere,
  };
}

/**
 * Calls the operation that a tool is. Arguments that can't be written into a request are an error of the tool, which an
 * agent reads and may mend.
 * @param service that requests are signed for where the target's credentials are the gateway's role and don't name one.
 * @throws TargetError
 */
export async function callOperation(
  invocation: Invocation,
  { allowLoopback, credentials }: HttpOptions,
  service?: string,
): Promise<CallToolResult> {
  let request: HttpRequest;
  try {
    request = await requestOf(bindingOf(invocation.tool), invocation.arguments);
  } catch (error) {
    if (!(error instanceof Unwritable)) throw error;
    return { content: [{ type: "text", text: `Invalid arguments: ${error.message}.` }], isError: true };
  }
  const wanted = { ...invocation, ...(service === undefined ? {} : { signing: { service } }) };
  const answer = await withCredential(
    credentials,
    wanted,
    (credential) => sendRequest(request, invocation, { allowLoopback, ...credential }),
    isUnauthorized,
  );
  return toolResultOf(answer, { tool: invocation.tool, url: request.url });
}
