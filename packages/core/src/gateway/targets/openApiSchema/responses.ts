import { isJsonObject, type Json, type JsonObject } from "../../../json.ts";
import { NotMappable, resolved } from "./references.ts";
import { resolvedSchema, standAlone } from "./schemas.ts";

/** Beyond this, what a tool answers is told by its answers. */
const maximumOutputBytes = 16_000;
const json = /^application\/(json|[\w.+-]+\+json)$/;

interface SuccessfulAnswer {
  /** The media types of the answer; none where it has no body. */
  readonly content: readonly (readonly [type: string, media: Json])[];
}

/** The media types that an operation answers with when it succeeds, for `Accept`. */
export function acceptOf(operation: JsonObject, document: JsonObject): string {
  const types = [
    ...new Set(
      answersOf(operation, document)
        .flatMap(({ content }) => content.map(([type]) => type))
        .filter((type) => /^[\w.+*-]+\/[\w.+*-]+$/.test(type)),
    ),
  ];
  const preferred = types.filter((type) => json.test(type));
  if (preferred.length > 0) return preferred.slice(0, 3).join(", ");
  return types.length === 0 ? "*/*" : types.slice(0, 5).join(", ");
}

/**
 * The schema of what a tool answers, where every success is a JSON object of one schema: a client may refuse an answer that
 * a tool's output schema doesn't promise. Undefined where that isn't so, or the schema can't be used.
 */
export function outputSchemaOf(operation: JsonObject, document: JsonObject): JsonObject | undefined {
  try {
    const answers = answersOf(operation, document);
    const schemas = answers.map(({ content }) => content.find(([type]) => json.test(type))?.[1]);
    const [media] = schemas;
    if (answers.length === 0 || !isJsonObject(media) || !schemas.every((other) => isSame(other, media)))
      return undefined;
    if (media.schema === undefined || resolvedSchema(media.schema, document).type !== "object") return undefined;
    const options = { direction: "response", maximumBytes: maximumOutputBytes } as const;
    const {
      schemas: [schema = {}],
      definitions,
      cut,
    } = standAlone([media.schema], document, options);
    if (cut) return undefined;
    return withDefinitions(schema, definitions);
  } catch (error) {
    // What can't be promised can be answered all the same.
    if (error instanceof NotMappable) return undefined;
    throw error;
  }
}

/** An object at the top, as MCP wants it, also where it is described elsewhere. */
function withDefinitions(schema: Json, definitions: JsonObject): JsonObject {
  const own = isJsonObject(schema) ? schema : {};
  const defs = Object.keys(definitions).length === 0 ? {} : { $defs: definitions };
  return { type: "object", ...own, ...defs };
}

function isSame(one: Json | undefined, other: JsonObject): boolean {
  return isJsonObject(one) && JSON.stringify(one.schema) === JSON.stringify(other.schema);
}

function answersOf({ responses }: JsonObject, document: JsonObject): SuccessfulAnswer[] {
  if (!isJsonObject(responses)) return [];
  return Object.entries(responses)
    .filter(([status]) => /^2(\d\d|XX)$/i.test(status))
    .map(([, response]) => {
      const answer = resolved(response, document);
      const content = isJsonObject(answer) && isJsonObject(answer.content) ? answer.content : {};
      return {
        content: Object.entries(content).map(([type, media]) => [
          type.split(";")[0]?.trim().toLowerCase() ?? "",
          media,
        ]),
      };
    });
}
