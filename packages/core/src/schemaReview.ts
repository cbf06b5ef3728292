import { messageOf } from "./errors.ts";
import { isJsonObject, type Json, type JsonObject } from "./json.ts";
import { compileJsonSchema } from "./jsonSchema.ts";

/** As deep as the arguments of a call may be. */
const maxDepth = 64;
/** In characters of its JSON text: the largest of real tools have a tenth of it. */
const maxLength = 250_000;
/** What can make a schema one that no call can be checked by; the others aren't compiled before they are used. */
const isDoubtful = /"(?:pattern|patternProperties|\$ref|\$dynamicRef)":/;

/** What is wrong with a tool's input schema, and what will be: each begins with what it is about. */
export interface SchemaReview {
  readonly problem?: string;
  readonly warning?: string;
}

/**
 * Reviews a tool's input schema before it becomes part of a gateway (T11). One that is too large or too deep is a problem; of
 * one that can't be used every call will be refused, of which a warning tells the reason.
 */
export function reviewInputSchema(tool: string, schema: JsonObject): SchemaReview {
  if (isDeeper(schema, maxDepth)) {
    return { problem: `The input schema of ${tool} must not be nested deeper than ${maxDepth} levels.` };
  }
  const text = JSON.stringify(schema);
  if (text.length > maxLength) {
    return { problem: `The input schema of ${tool} must have ${maxLength} characters at most; it has ${text.length}.` };
  }
  if (!isDoubtful.test(text)) return {};
  try {
    compileJsonSchema(schema);
    return {};
  } catch (error) {
    return { warning: `Every call of ${tool} will be refused: its input schema cannot be used (${messageOf(error)}).` };
  }
}

function isDeeper(value: Json, levels: number): boolean {
  if (!isJsonObject(value) && !Array.isArray(value)) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}
