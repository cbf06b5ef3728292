import * as z from "zod";
import type { ToolDescription } from "../../../storage/records.ts";
import type { SchemaReader } from "../schemas.ts";
import { TargetError, type TargetKind } from "../target.ts";

/** What of a tool the gateway itself reads; the rest of it travels on as it is (MCP, "Tool"). */
const tool = z.looseObject({ name: z.string(), inputSchema: z.looseObject({ type: z.literal("object") }) });
const listed = z.union([z.looseObject({ tools: z.array(tool) }).transform(({ tools }) => tools), z.array(tool)]);

/**
 * Reads the tools of an MCP server: of the list that its configuration has, as a server answers `tools/list`, or, where it
 * has none, of the server itself. A server that lists its tools for users alone needs the first.
 */
export function discoverMcpServer(
  { schemas }: { readonly schemas: SchemaReader },
  ask: TargetKind["discover"] | undefined,
): TargetKind["discover"] {
  return async (target, gateway) => {
    const { mcpToolSchema } = target.targetConfiguration.mcp?.mcpServer ?? {};
    if (mcpToolSchema !== undefined) return { tools: toolsIn(await schemas.read(mcpToolSchema)) };
    if (ask === undefined) throw new TargetError("MCP servers can't be asked here.");
    return ask(target, gateway);
  };
}

function toolsIn(text: string): readonly ToolDescription[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new TargetError("The tool schema of the target is not JSON.", { cause: error });
  }
  const parsed = listed.safeParse(value);
  if (parsed.success) return parsed.data as unknown as readonly ToolDescription[]; // It was JSON before.
  const reasons = z.prettifyError(parsed.error).slice(0, 1_000);
  throw new TargetError(`The tool schema of the target is no answer to tools/list. ${reasons}`);
}
