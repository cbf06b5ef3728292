import type { TargetRecord } from "../../storage/records.ts";

/**
 * Whether a target's tools are described in its own configuration, so that they change only when an administrator changes
 * them; and not by whoever runs the target, or may write where it keeps its description.
 */
export function isDescribedInline({ targetConfiguration: { mcp } }: TargetRecord): boolean {
  const descriptions = [mcp?.lambda?.toolSchema, mcp?.openApiSchema, mcp?.smithyModel, mcp?.mcpServer?.mcpToolSchema];
  return descriptions.some((description) => description?.inlinePayload !== undefined);
}
