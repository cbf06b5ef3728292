import * as z from "zod";
import type { Json, JsonObject } from "../../json.ts";
import { basePath, type QueryOperation, queryOperations } from "./operations.ts";
import { unwrapped } from "./parameters.ts";

/** The query API's description (OpenAPI 3.1), made from the schemas that requests are read by and answers are typed by. */
export function openApiDocument(): JsonObject {
  const schemas: JsonObject = { Error: errorSchema };
  const paths = Object.entries<QueryOperation>(queryOperations).map(([name, operation]): [string, Json] => [
    `${basePath}${operation.path}`,
    { get: operationObject(name, operation, schemas) },
  ]);
  return {
    openapi: "3.1.0",
    info: {
      title: "Gatehouse: what has happened",
      version: "1",
      description:
        "Decisions, aggregates, sessions and traces, as recorded. Requests are signed with a Gatehouse access key, or carry a token of the administrators' issuer; the role `analyst` may ask all of this.",
    },
    security: [{ signature: [] }, { token: [] }],
    paths: Object.fromEntries(paths),
    components: {
      schemas,
      securitySchemes: {
        signature: {
          type: "apiKey",
          in: "header",
          name: "Authorization",
          description: "AWS Signature Version 4, service `bedrock-agentcore`.",
        },
        token: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
      },
    },
  };
}

function operationObject(name: string, operation: QueryOperation, schemas: JsonObject): JsonObject {
  const { summary, description, parameters, answer, streams, table, path } = operation;
  const schema = schemaOf(answer, "output", schemas);
  const csv: JsonObject = { "text/csv": { schema: { type: "string" } } };
  const content: JsonObject = streams
    ? { "application/x-ndjson": { schema, description: "One a line." } as JsonObject, ...csv }
    : { "application/json": { schema }, ...(table === undefined ? {} : csv) };
  return {
    operationId: name,
    summary,
    ...(description === undefined ? {} : { description }),
    parameters: Object.entries(parameters.shape).map(([parameter, type]) =>
      parameterObject(parameter, type as z.ZodType, path.includes(`{${parameter}}`), schemas),
    ),
    responses: {
      "200": { description: "What was found.", content },
      default: {
        description: "An error; its name is in `x-amzn-errortype` too.",
        content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
      },
    },
  };
}

function parameterObject(name: string, type: z.ZodType, isLabel: boolean, schemas: JsonObject): JsonObject {
  const { description, ...schema } = schemaOf(type, "input", schemas);
  const isList = unwrapped(type) instanceof z.ZodArray;
  return {
    name,
    in: isLabel ? "path" : "query",
    required: isLabel || !type.safeParse(undefined).success,
    ...(description === undefined ? {} : { description }),
    ...(isList ? { style: "form", explode: true } : {}),
    schema,
  };
}

/** A schema in JSON Schema 2020-12; the named ones that it refers to go among the document's own. */
function schemaOf(type: z.ZodType, io: "input" | "output", schemas: JsonObject): JsonObject {
  const made = z.toJSONSchema(type, {
    io,
    override: ({ jsonSchema }) => {
      // The format says the same, for people; and the largest integer is nobody's limit.
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
    },
  });
  const text = JSON.stringify(made)
    .replaceAll('"#/$defs/__schema0"', '"#/components/schemas/Json"')
    .replaceAll('"#/$defs/', '"#/components/schemas/');
  const { $schema: _, $defs = {}, ...schema } = JSON.parse(text) as JsonObject; // As JSON as it was.
  for (const [name, definition] of Object.entries($defs as JsonObject)) {
    schemas[name === "__schema0" ? "Json" : name] = definition;
  }
  return schema;
}

const errorSchema: JsonObject = {
  type: "object",
  required: ["__type", "message"],
  properties: {
    __type: { type: "string", description: "As in `ValidationException`." },
    message: { type: "string" },
    reason: { type: "string" },
    fieldList: {
      type: "array",
      items: {
        type: "object",
        required: ["name", "message"],
        properties: { name: { type: "string" }, message: { type: "string" } },
      },
    },
  },
};
