import * as z from "zod";
import type { JsonObject } from "../../../json.ts";
import type { ToolDescription } from "../../../storage/records.ts";
import type { SchemaReader } from "../schemas.ts";
import { TargetError, type TargetKind } from "../target.ts";

const types = ["string", "number", "object", "array", "boolean", "integer"] as const;

interface SchemaDefinition {
  type: (typeof types)[number];
  properties?: Record<string, SchemaDefinition> | undefined;
  required?: string[] | undefined;
  items?: SchemaDefinition | undefined;
  description?: string | undefined;
}

/** AgentCore's SchemaDefinition, a part of JSON Schema. */
const schemaDefinition: z.ZodType<SchemaDefinition> = z.strictObject({
  type: z.enum(types),
  properties: z
    .record(
      z.string(),
      z.lazy(() => schemaDefinition),
    )
    .optional(),
  required: z.array(z.string()).optional(),
  items: z.lazy(() => schemaDefinition).optional(),
  description: z.string().optional(),
});
const toolDefinitions = z
  .array(
    z.strictObject({
      name: z.string(),
      description: z.string(),
      inputSchema: schemaDefinition,
      outputSchema: schemaDefinition.optional(),
    }),
  )
  .min(1);

/** Reads the tools of a Lambda function whose schema is in S3: a list of AgentCore's ToolDefinition, in JSON. */
export function discoverLambda({ schemas }: { readonly schemas: SchemaReader }): TargetKind["discover"] {
  return async ({ targetConfiguration: { mcp } }) => {
    const { s3 } = mcp?.lambda?.toolSchema ?? {};
    if (s3 === undefined) throw new TargetError("The tools of this Lambda target are those of its configuration.");
    return { tools: toolsIn(await schemas.read({ s3 }), s3.uri) };
  };
}

function toolsIn(text: string, uri: string | undefined): ToolDescription[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new TargetError(`${uri} is not JSON.`, { cause: error });
  }
  const parsed = toolDefinitions.safeParse(value);
  if (!parsed.success) {
    throw new TargetError(`${uri} is not a list of tool definitions. ${z.prettifyError(parsed.error).slice(0, 1_000)}`);
  }
  return parsed.data.map(({ name, description, inputSchema, outputSchema }) => ({
    name,
    description,
    inputSchema: inputSchema as unknown as JsonObject, // It was JSON before.
    ...(outputSchema === undefined ? {} : { outputSchema: outputSchema as unknown as JsonObject }),
  }));
}
