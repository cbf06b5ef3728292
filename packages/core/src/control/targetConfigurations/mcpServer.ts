import { checkAddress } from "../authorizers.ts";
import { defined } from "../defined.ts";
import { refuseMembers } from "../supported.ts";
import { describeApiSchema, readApiSchema } from "./apiSchema.ts";
import { everyGrant, readCredentials } from "./credentials.ts";
import type { ConfigurableKind } from "./kind.ts";

/** MCP servers. Their tools are asked of them when the target is synchronised, or described by a list of tools. */
export const mcpServerConfiguration: ConfigurableKind<"mcpServer"> = {
  targetType: "MCP_SERVER",
  read(configuration, { path, allowLoopback }) {
    const { endpoint, listingMode, mcpToolSchema } = configuration;
    refuseMembers(configuration, `${path}.`, "resourcePriority");
    checkAddress(endpoint, `${path}.endpoint`, allowLoopback);
    const mcpServer = { endpoint, ...defined({ listingMode }) };
    if (mcpToolSchema === undefined) return { mcp: { mcpServer } };
    const { stored, ...kept } = readApiSchema(mcpToolSchema, `${path}.mcpToolSchema`);
    return { mcp: { mcpServer: { ...mcpServer, mcpToolSchema: stored } }, ...kept };
  },
  credentials: (configurations) =>
    readCredentials(configurations, {
      what: "an MCP server",
      none: true,
      role: "NAMED_SERVICE",
      apiKey: true,
      grants: everyGrant,
    }),
  describe(stored, { schema }) {
    const { mcpServer } = stored;
    if (mcpServer?.mcpToolSchema === undefined) return stored;
    return { mcpServer: { ...mcpServer, mcpToolSchema: describeApiSchema(mcpServer.mcpToolSchema, schema) } };
  },
};
