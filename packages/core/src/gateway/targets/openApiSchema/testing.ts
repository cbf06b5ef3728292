import type { JsonObject } from "../../../json.ts";
import { binding, type ToolDescription } from "../../../storage/records.ts";
import type { Discovery } from "../target.ts";
import type { HttpBinding } from "./binding.ts";
import { readDocument } from "./document.ts";
import { toolsOfDocument } from "./operations.ts";

/** For tests only: a description with one operation, `POST /things`, which is as given. */
export function describing(operation: JsonObject, rest: JsonObject = {}, path = "/things"): JsonObject {
  return {
    openapi: "3.1.0",
    info: { title: "Things", version: "1" },
    servers: [{ url: "https://things.example/v1" }],
    paths: { [path]: { post: { operationId: "make", ...operation } } },
    ...rest,
  };
}

/** For tests only: what becomes of a description. */
export async function discovered(description: JsonObject): Promise<Discovery> {
  return toolsOfDocument(await readDocument(JSON.stringify(description)), { allowLoopback: false });
}

/** For tests only: the one tool of a description, and how it is called. */
export async function onlyTool(
  description: JsonObject,
): Promise<{ readonly tool: ToolDescription; readonly http: HttpBinding; readonly warnings: readonly string[] }> {
  const { tools, warnings = [] } = await discovered(description);
  const [tool, other] = tools;
  if (tool === undefined || other !== undefined) throw new Error(`There are ${tools.length} tools.`);
  return { tool, http: JSON.parse(tool[binding] ?? "") as HttpBinding, warnings };
}
