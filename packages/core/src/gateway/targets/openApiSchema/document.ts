import type { JsonObject } from "../../../json.ts";
import { isJsonObject, type Json } from "../../../json.ts";
import { TargetError } from "../target.ts";

/** A description beyond these is refused: whoever wrote it chose its size. */
const maximumBytes = 10_000_000;
const maximumNodes = 2_000_000;
const maximumDepth = 200;

/** An OpenAPI description, brought to version 3.1, in which schemas are JSON Schemas of 2020-12. */
export interface OpenApiDocument extends JsonObject {
  readonly paths: JsonObject;
}

/**
 * Reads an OpenAPI description of version 3.0 or 3.1, in JSON or YAML. Nothing is fetched, and nothing that it refers to is
 * read: that is for whoever needs it.
 * @throws TargetError that says what is wrong with it as a whole.
 */
export async function readDocument(text: string): Promise<OpenApiDocument> {
  if (Buffer.byteLength(text) > maximumBytes) {
    throw new TargetError(`The OpenAPI description is larger than ${maximumBytes / 1_000_000} MB.`);
  }
  const document = withinBounds(await parse(text));
  if (!isJsonObject(document)) throw new TargetError("The OpenAPI description is not an object.");
  const { openapi, swagger } = document;
  if (typeof openapi !== "string" || !/^3\.[01](\.|$)/.test(openapi)) {
    const found = openapi ?? swagger;
    throw new TargetError(
      `The OpenAPI description must be of version 3.0 or 3.1${found === undefined ? ': it has no "openapi"' : `, not ${JSON.stringify(found)}`}.`,
    );
  }
  if (!isJsonObject(document.paths) || Object.keys(document.paths).length === 0) {
    throw new TargetError("The OpenAPI description has no paths.");
  }
  return (await upgraded(document)) as OpenApiDocument; // Upgrading leaves the paths where they are.
}

async function parse(text: string): Promise<unknown> {
  try {
    if (text.trimStart().startsWith("{")) return JSON.parse(text);
  } catch {
    // YAML may begin like that as well, and says better where it is wrong.
  }
  const { parse } = await import("yaml");
  try {
    return parse(text, { maxAliasCount: 1_000, logLevel: "error" });
  } catch (error) {
    throw new TargetError(`The OpenAPI description is neither JSON nor YAML: ${firstLine(error)}`, { cause: error });
  }
}

/** Schemas of 3.0 are not JSON Schemas: `nullable`, `exclusiveMinimum: true` and the like mean something else in 3.1. */
async function upgraded(document: JsonObject): Promise<unknown> {
  const { upgradeFromThreeToThreeOne } = await import("@scalar/openapi-upgrader/3.0-to-3.1");
  try {
    return upgradeFromThreeToThreeOne(document);
  } catch (error) {
    throw new TargetError(`The OpenAPI description can't be brought to version 3.1: ${firstLine(error)}`, {
      cause: error,
    });
  }
}

/**
 * A copy that is a tree of JSON, within bounds: what YAML repeats by aliases counts as often as it is repeated.
 * @throws TargetError
 */
function withinBounds(value: unknown): Json {
  let nodes = 0;
  function copy(value: unknown, depth: number): Json {
    if (++nodes > maximumNodes) throw new TargetError("The OpenAPI description holds too many values.");
    if (depth > maximumDepth) {
      throw new TargetError(`The OpenAPI description is nested deeper than ${maximumDepth} levels.`);
    }
    if (Array.isArray(value)) return value.map((item) => copy(item, depth + 1));
    if (typeof value === "bigint") return Number(value);
    // A date that YAML recognises is text in JSON.
    if (value instanceof Date) return value.toISOString();
    if (typeof value !== "object" || value === null) return (value ?? null) as Json; // What is left of YAML is JSON.
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => {
        if (key === "__proto__") throw new TargetError(`The OpenAPI description has the key ${key}, which is refused.`);
        return [key, copy(member, depth + 1)];
      }),
    );
  }
  return copy(value, 0);
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}
