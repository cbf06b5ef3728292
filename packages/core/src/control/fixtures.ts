import {
  type CreateGatewayCommandInput,
  CreateGatewayTargetCommand,
  type CreateGatewayTargetCommandInput,
  type ToolDefinition,
} from "@aws-sdk/client-bedrock-agentcore-control";
import type { TestControlPlane } from "./testing.ts";

let serial = 0;

/** A name that no other test of the file uses. */
export function unusedName(kind = "resource"): string {
  serial += 1;
  return `${kind}${serial}`;
}

/** What a gateway needs at least. */
export function gatewaySettings(changes: Partial<CreateGatewayCommandInput> = {}) {
  return {
    name: unusedName("gateway"),
    roleArn: "arn:aws:iam::123456789012:role/gateway",
    authorizerType: "CUSTOM_JWT",
    authorizerConfiguration: {
      customJWTAuthorizer: {
        discoveryUrl: "https://issuer.example/.well-known/openid-configuration",
        allowedAudience: ["gateway"],
      },
    },
    ...changes,
  } as const satisfies CreateGatewayCommandInput;
}

export const lambdaArn = "arn:aws:lambda:us-east-1:123456789012:function:insurance";

/** A tool that takes a coverage amount, which policies of the tests are about. */
export const createApplication: ToolDefinition = {
  name: "create_application",
  description: "Creates an application.",
  inputSchema: {
    type: "object",
    properties: { coverage_amount: { type: "integer" } },
    required: ["coverage_amount"],
  },
};

/** The configuration of a Lambda target with the tools. */
export function lambda(...inlinePayload: ToolDefinition[]): CreateGatewayTargetCommandInput["targetConfiguration"] {
  return { mcp: { lambda: { lambdaArn, toolSchema: { inlinePayload } } } };
}

/** The configuration of an MCP server target. */
export function mcpServer(endpoint: string): CreateGatewayTargetCommandInput["targetConfiguration"] {
  return { mcp: { mcpServer: { endpoint } } };
}

/** Adds the target `Insurance` with the tool `create_application` to a gateway. */
export async function addInsurance({ client }: TestControlPlane, gatewayIdentifier: string | undefined) {
  const targetConfiguration = lambda(createApplication);
  return client.send(new CreateGatewayTargetCommand({ gatewayIdentifier, name: "Insurance", targetConfiguration }));
}
