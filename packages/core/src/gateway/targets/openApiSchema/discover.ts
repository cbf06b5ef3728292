import type { SchemaReader } from "../schemas.ts";
import type { TargetKind } from "../target.ts";
import { readDocument } from "./document.ts";
import { toolsOfDocument } from "./operations.ts";

/** Makes tools of an OpenAPI description that is in the target's configuration, or in S3. */
export function discoverOpenApiSchema(options: {
  readonly allowLoopback: boolean;
  readonly schemas: SchemaReader;
}): TargetKind["discover"] {
  return async ({ targetConfiguration: { mcp } }) => {
    const text = await options.schemas.read(mcp?.openApiSchema);
    return toolsOfDocument(await readDocument(text), options);
  };
}
