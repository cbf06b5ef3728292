import type { Neighbour } from "../review/shadowing.ts";
import type { TargetRecord, ToolDescription } from "../storage/records.ts";
import { checkAddress } from "./authorizers.ts";
import { defined } from "./defined.ts";
import type { InputOf } from "./operationTypes.ts";
import { refuse, refuseMembers } from "./supported.ts";
import { toolsOfDefinitions } from "./toolDefinitions.ts";

type Input = InputOf<"CreateGatewayTarget"> | InputOf<"UpdateGatewayTarget">;

/** What a request says of a target; `inline` holds its tools where they are in the request. */
type Settings = Pick<
  TargetRecord,
  "name" | "description" | "targetConfiguration" | "credentialProviderConfigurations"
> & {
  readonly inline?: { readonly tools: readonly ToolDescription[]; readonly warnings: readonly string[] };
};

/**
 * Reads what a request says of a target and makes sure that Gatehouse does all of it: Lambda functions with an inline
 * schema, called with the gateway's own role, and MCP servers, called without credentials.
 * @param neighbours the gateway's other targets, whose tools those of this one must not be mistaken for.
 * @throws GatehouseError `validation`
 */
export function readTarget(input: Input, allowLoopback: boolean, neighbours: readonly Neighbour[] = []): Settings {
  refuseMembers(input, "", "metadataConfiguration", "privateEndpoint");
  const { name, description, targetConfiguration, credentialProviderConfigurations: credentials } = input;
  if (name === undefined) refuse("name", "is required");
  const { mcp } = targetConfiguration;
  const settings = { name, ...defined({ description }) };
  if (mcp?.lambda !== undefined) {
    const { lambdaArn, toolSchema } = mcp.lambda;
    const path = "targetConfiguration.mcp.lambda.toolSchema";
    if (toolSchema.inlinePayload === undefined)
      refuse(path, "must be an inlinePayload: s3 is not part of Gatehouse yet");
    const { tools, warnings } = toolsOfDefinitions(toolSchema.inlinePayload, name, `${path}.inlinePayload`, neighbours);
    checkCredentials(credentials, true);
    return {
      ...settings,
      // The schema may be larger than an item of the table: it is kept as the target's tools, and only there.
      targetConfiguration: { mcp: { lambda: { lambdaArn, toolSchema: { inlinePayload: [] } } } },
      credentialProviderConfigurations: [{ credentialProviderType: "GATEWAY_IAM_ROLE" }],
      inline: { tools, warnings },
    };
  }
  if (mcp?.mcpServer !== undefined) {
    const { endpoint, listingMode } = mcp.mcpServer;
    const path = "targetConfiguration.mcp.mcpServer";
    refuseMembers(mcp.mcpServer, `${path}.`, "mcpToolSchema", "resourcePriority");
    if (listingMode === "DYNAMIC")
      refuse(`${path}.listingMode`, "must be DEFAULT: DYNAMIC is not part of Gatehouse yet");
    checkAddress(endpoint, `${path}.endpoint`, allowLoopback);
    checkCredentials(credentials, false);
    return {
      ...settings,
      targetConfiguration: { mcp: { mcpServer: { endpoint, ...defined({ listingMode }) } } },
      credentialProviderConfigurations: [],
    };
  }
  refuse("targetConfiguration.mcp", "must be lambda or mcpServer: other targets are not part of Gatehouse yet");
}

function checkCredentials(configurations: Input["credentialProviderConfigurations"], gatewayRole: boolean): void {
  for (const { credentialProviderType: type, credentialProvider } of configurations ?? []) {
    const fits = gatewayRole && type === "GATEWAY_IAM_ROLE" && credentialProvider === undefined;
    if (!fits) {
      refuse(
        "credentialProviderConfigurations",
        gatewayRole
          ? "must be GATEWAY_IAM_ROLE without a provider for a Lambda target"
          : `must be left out for an MCP server: ${type} is not part of Gatehouse yet`,
      );
    }
  }
}
