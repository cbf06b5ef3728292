import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import type { CallToolResult } from "@modelcontextprotocol/server";
import { messageOf } from "../../../errors.ts";
import { isJsonObject, type Json } from "../../../json.ts";
import { type Invocation, TargetError, type TargetKind } from "../target.ts";
import type { UserContexts } from "./userContext.ts";

/** Lambda's own quota for what a function answers; what the address of a client leads to may have none. */
const maximumPayloadBytes = 6 * 1024 * 1024;

/**
 * A Lambda function as a target: its event is the arguments object, `context.clientContext.custom` says who called
 * (AgentCore's "Lambda function targets"). Its tools are those of the inline schema.
 */
export function lambdaTarget(lambda: LambdaClient, userContexts?: UserContexts): TargetKind {
  return {
    async call(invocation) {
      const functionName = invocation.target.targetConfiguration.mcp?.lambda?.lambdaArn;
      if (functionName === undefined) throw new TargetError("The target names no Lambda function.");
      const userContext = await userContextFor(invocation, userContexts);
      const response = await lambda
        .send(
          new InvokeCommand({
            FunctionName: functionName,
            ClientContext: clientContextOf(invocation, userContext),
            Payload: JSON.stringify(invocation.arguments),
          }),
          { abortSignal: invocation.signal },
        )
        .catch((error: unknown) => {
          throw new TargetError(`${functionName} could not be invoked: ${messageOf(error)}`, { cause: error });
        });
      if ((response.Payload?.length ?? 0) > maximumPayloadBytes) {
        throw new TargetError(`${functionName} answered more than ${maximumPayloadBytes} bytes.`);
      }
      const text = response.Payload?.transformToString() ?? "";
      if (response.FunctionError !== undefined)
        throw new TargetError(`${functionName} failed: ${errorMessageIn(text)}`);
      return resultOf(text, invocation);
    },
    async discover() {
      throw new TargetError("The tools of a Lambda target are those of its configuration.");
    },
  };
}

/** What a client context may have in all, as it is sent. */
const maxClientContext = 3_583;

/** For whom a function is called, where the gateway's settings say that it is told. @throws TargetError */
async function userContextFor(invocation: Invocation, contexts: UserContexts | undefined): Promise<string | undefined> {
  const { gateway, target } = invocation;
  const settings = gateway.settings?.targetSettings?.find((one) => one.target === target.name);
  if (settings?.userContext !== true) return undefined;
  try {
    if (contexts === undefined) throw new Error("there is no key here to sign with");
    return await contexts.sign(invocation);
  } catch (error) {
    // A function that is to be told, and isn't, might take everybody for nobody.
    const message = `${target.name} was not invoked, because it can't be told for whom: ${messageOf(error)}`;
    throw new TargetError(message, { code: "targetCredentialFailed", cause: error });
  }
}

/** @throws TargetError when what is propagated leaves no room for the rest. */
function clientContextOf(invocation: Invocation, userContext: string | undefined): string {
  const { gateway, target, qualifiedName, requestId, headers, query } = invocation;
  const custom = {
    bedrockAgentCoreMessageVersion: "1.0",
    bedrockAgentCoreAwsRequestId: crypto.randomUUID(),
    // The whole context may have 3,583 bytes, and the agent chooses this one.
    bedrockAgentCoreMcpMessageId: requestId.slice(0, 256),
    bedrockAgentCoreGatewayId: gateway.gatewayId,
    bedrockAgentCoreTargetId: target.targetId,
    bedrockAgentCoreToolName: qualifiedName,
    ...(userContext === undefined ? {} : { gatehouseUserContext: userContext }),
    ...(isEmpty(headers) ? {} : { bedrockAgentCorePropagatedHeaders: headers }),
    ...(isEmpty(query) ? {} : { bedrockAgentCorePropagatedQueryParameters: joined(query) }),
  };
  const context = Buffer.from(JSON.stringify({ custom })).toString("base64");
  if (context.length <= maxClientContext) return context;
  throw new TargetError(
    `${target.name} was not invoked: the headers, query parameters and user that go with the call are too large for a Lambda function.`,
  );
}

function isEmpty(object: object): boolean {
  return Object.keys(object).length === 0;
}

/** A parameter's values as one text, as headers have them. */
function joined(query: Invocation["query"]): Record<string, string> {
  return Object.fromEntries(Object.entries(query).map(([name, values]) => [name, values.join(",")]));
}

/** What the function returned, as text; as structured content too where the tool promises structure. */
function resultOf(text: string, { tool }: Invocation): CallToolResult {
  const value = parsed(text);
  const content = [{ type: "text" as const, text: typeof value === "string" ? value : text }];
  return tool.outputSchema !== undefined && isJsonObject(value) ? { content, structuredContent: value } : { content };
}

function errorMessageIn(text: string): string {
  const value = parsed(text);
  return isJsonObject(value) && typeof value.errorMessage === "string" ? value.errorMessage : text.slice(0, 500);
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
