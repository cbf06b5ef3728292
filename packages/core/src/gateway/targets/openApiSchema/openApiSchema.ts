import type { CallToolResult } from "@modelcontextprotocol/server";
import { toolResultOf } from "../http/result.ts";
import { sendRequest, type TargetRequest } from "../http/send.ts";
import type { RequestSigner } from "../http/sign.ts";
import { discoveredElsewhere, type Invocation, type TargetKind } from "../target.ts";
import { bindingOf } from "./binding.ts";
import { requestOf } from "./request.ts";
import { Unwritable } from "./serialize.ts";

/** What calls of HTTP APIs need from around them. */
export interface HttpOptions {
  readonly allowLoopback: boolean;
  readonly sign: RequestSigner;
  /** Where requests are signed for that don't say where. */
  readonly region: string;
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
  { allowLoopback, sign, region }: HttpOptions,
  service?: string,
): Promise<CallToolResult> {
  let request: TargetRequest;
  try {
    request = await requestOf(bindingOf(invocation.tool), invocation.arguments);
  } catch (error) {
    if (!(error instanceof Unwritable)) throw error;
    return { content: [{ type: "text", text: `Invalid arguments: ${error.message}.` }], isError: true };
  }
  const scope = signingScopeOf(invocation, region, service);
  const authorize = scope && ((request: TargetRequest) => sign(request, scope));
  const answer = await sendRequest(request, invocation, { allowLoopback, ...(authorize ? { authorize } : {}) });
  return toolResultOf(answer, { tool: invocation.tool, url: request.url });
}

function signingScopeOf({ target }: Invocation, region: string, service: string | undefined) {
  const [credentials] = target.credentialProviderConfigurations;
  if (credentials?.credentialProviderType !== "GATEWAY_IAM_ROLE") return undefined;
  const iam = credentials.credentialProvider?.iamCredentialProvider;
  const name = iam?.service ?? service;
  return name === undefined ? undefined : { service: name, region: iam?.region ?? region };
}
