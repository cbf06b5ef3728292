import { checkAddress } from "../authorizers.ts";
import { defined } from "../defined.ts";
import { refuseMembers } from "../supported.ts";
import { noCredentials } from "./credentials.ts";
import type { ConfigurableKind } from "./kind.ts";

/** MCP servers, called without credentials. */
export const mcpServerConfiguration: ConfigurableKind<"mcpServer"> = {
  targetType: "MCP_SERVER",
  read(configuration, { path, allowLoopback }) {
    const { endpoint, listingMode } = configuration;
    refuseMembers(configuration, `${path}.`, "mcpToolSchema", "resourcePriority");
    checkAddress(endpoint, `${path}.endpoint`, allowLoopback);
    return { mcp: { mcpServer: { endpoint, ...defined({ listingMode }) } } };
  },
  credentials: (configurations) => noCredentials(configurations, "an MCP server"),
};
