import { createHash } from "node:crypto";
import { messageOf } from "../../../errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../json.ts";
import { requireJsonSchema } from "../../../jsonSchema.ts";
import { binding, type ToolDescription } from "../../../storage/records.ts";
import type { Discovery } from "../target.ts";
import { TargetError } from "../target.ts";
import type { HttpBinding } from "./binding.ts";
import type { OpenApiDocument } from "./document.ts";
import { type Parameter, parametersOf } from "./parameters.ts";
import { NotMappable, resolved } from "./references.ts";
import { type RequestBody, requestBodyOf } from "./requestBody.ts";
import { acceptOf, outputSchemaOf } from "./responses.ts";
import { standAlone } from "./schemas.ts";
import { serverOf } from "./servers.ts";
import { type PartCheck, partCheck } from "./validation.ts";

/** One operation of a description: a method of a path. */
export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly operation: JsonObject;
  readonly pathItem: JsonObject;
}

/** What a selection says of an operation: whether it becomes a tool, and under which name and description. */
export interface Selected {
  readonly name?: string;
  readonly description?: string;
}

export interface MappingOptions {
  readonly allowLoopback: boolean;
  /** Which operations become tools; all of them where there is no selection. Undefined leaves one out. */
  readonly select?: (operation: Operation) => Selected | undefined;
}

const methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"] as const;
/** Enough for a model; snapshots of a gateway hold all of its tools. */
const maximumInputBytes = 32_000;
const longestDescription = 4_000;
const maximumBytes = 8_000_000;
/** The first ones are enough to start mending. */
const maximumWarnings = 20;

/**
 * Makes tools of the operations of a description. One that can't be a tool is left out, and a warning says why.
 * @throws TargetError where no operation can be one.
 */
export async function toolsOfDocument(document: OpenApiDocument, options: MappingOptions): Promise<Discovery> {
  const check = await partCheck();
  const tools = new Map<string, ToolDescription>();
  const warnings: string[] = [];
  for (const operation of operationsOf(document)) {
    const selected = options.select === undefined ? {} : options.select(operation);
    if (selected === undefined) continue;
    try {
      const tool = toolOf(operation, selected, { document, check, options, warn: (text) => warnings.push(text) });
      if (tools.has(tool.name)) throw new NotMappable(`another operation is named ${tool.name} already`);
      tools.set(tool.name, tool);
    } catch (error) {
      if (!(error instanceof NotMappable)) throw error;
      warnings.push(`${placeOf(operation)} is no tool: ${error.message}.`);
    }
  }
  if (tools.size === 0) {
    throw new TargetError(["The OpenAPI description gives no tools.", ...warnings.slice(0, 5)].join(" "));
  }
  return { tools: withinBounds([...tools.values()], warnings), warnings: bounded(warnings) };
}

/**
 * A gateway that starts reads all of its tools: what agents can do without goes first.
 * @throws TargetError where that isn't enough.
 */
function withinBounds(tools: readonly ToolDescription[], warnings: string[]): readonly ToolDescription[] {
  if (sizeOf(tools) <= maximumBytes) return tools;
  warnings.unshift("The tools have no output schemas: with them they would be too large.");
  const smaller = tools.map(({ outputSchema: _, ...tool }) => tool);
  const megabytes = sizeOf(smaller) / 1_000_000;
  if (megabytes * 1_000_000 <= maximumBytes) return smaller;
  throw new TargetError(
    `The ${tools.length} tools of the OpenAPI description take ${megabytes.toFixed(1)} MB; at most ${maximumBytes / 1_000_000} MB are possible: leave operations out.`,
  );
}

function sizeOf(tools: readonly ToolDescription[]): number {
  return tools.reduce((sum, tool) => sum + Buffer.byteLength(JSON.stringify(tool)), 0);
}

/** Every operation of a description, in its order. */
function operationsOf(document: OpenApiDocument): Operation[] {
  return Object.entries(document.paths).flatMap(([path, given]) => {
    const pathItem = pathItemOf(given, document);
    return methods.flatMap((method): Operation[] => {
      const operation = pathItem[method];
      return isJsonObject(operation) ? [{ method: method.toUpperCase(), path, operation, pathItem }] : [];
    });
  });
}

/** A path item that can't be read has no operations; what refers outside is not followed. */
function pathItemOf(given: Json, document: OpenApiDocument): JsonObject {
  try {
    const pathItem = resolved(given, document);
    return isJsonObject(pathItem) ? pathItem : {};
  } catch (error) {
    if (error instanceof NotMappable) return {};
    throw error;
  }
}

interface Around {
  readonly document: OpenApiDocument;
  readonly check: PartCheck;
  readonly options: MappingOptions;
  readonly warn: (warning: string) => void;
}

function toolOf(at: Operation, selected: Selected, around: Around): ToolDescription {
  const { document, check, options, warn } = around;
  const { operation, pathItem, method, path } = at;
  const name = selected.name ?? toolNameOf(operation.operationId);
  const server = serverOf(operation, pathItem, document, options.allowLoopback);
  const parameters = parametersOf(operation, pathItem, document, check);
  requirePathParameters(path, parameters);
  const taken = new Set(parameters.map(({ binding }) => binding.argument));
  const body = requestBodyOf(operation, document, taken, check);
  const { schema: inputSchema, cut } = inputSchemaOf(parameters, body, document);
  if (cut) warn(`${placeOf(at)}: its input schema is large, and left open where it is deep.`);
  const outputSchema = usable(outputSchemaOf(operation, document));
  const http: HttpBinding = {
    method,
    server,
    path,
    parameters: parameters.map(({ binding }) => binding),
    ...(body === undefined ? {} : { body: body.binding }),
    accept: acceptOf(operation, document),
  };
  return {
    name,
    ...titleOf(operation),
    description: selected.description ?? descriptionOf(operation, at),
    inputSchema,
    ...(outputSchema === undefined ? {} : { outputSchema }),
    ...annotationsOf(method),
    [binding]: JSON.stringify(http),
  };
}

/** The operation's id, as far as it can be a tool's name: with underscores for other characters, and no longer than 64. */
function toolNameOf(operationId: Json | undefined): string {
  if (typeof operationId !== "string" || operationId.trim() === "") throw new NotMappable("it has no operationId");
  const plain = operationId.trim().replaceAll(/[^A-Za-z0-9_./-]+/g, "_");
  if (plain.length <= 64) return plain;
  // What is cut off may be all that tells two names apart.
  const digest = createHash("sha256").update(operationId).digest("hex").slice(0, 8);
  return `${plain.slice(0, 55)}_${digest}`;
}

function requirePathParameters(path: string, parameters: readonly Parameter[]): void {
  if (/[?#]/.test(path)) throw new NotMappable("its path has a query or a fragment: those are for parameters");
  const named = new Set([...path.matchAll(/\{([^{}]+)\}/g)].map(([, name]) => name ?? ""));
  const given = new Set(parameters.flatMap(({ binding }) => (binding.in === "path" ? [binding.name] : [])));
  const missing = [...named].filter((name) => !given.has(name));
  if (missing.length > 0) throw new NotMappable(`its path has {${missing[0]}}, which no parameter describes`);
}

function inputSchemaOf(parameters: readonly Parameter[], body: RequestBody | undefined, document: JsonObject) {
  const members = [
    ...parameters.map(({ binding, schema, description, required }) => ({
      name: binding.argument,
      schema,
      description,
      required,
    })),
    ...[...(body?.properties ?? [])].map(([name, schema]) => ({
      name,
      schema,
      description: undefined,
      required: body?.required.includes(name) ?? false,
    })),
  ];
  const { schemas, definitions, cut } = standAlone(
    members.map(({ schema }) => schema),
    document,
    { direction: "request", maximumBytes: maximumInputBytes },
  );
  const required = members.flatMap(({ name, required }) => (required ? [name] : []));
  const schema: JsonObject = {
    type: "object",
    properties: Object.fromEntries(
      members.map(({ name, description }, index) => [name, withDescription(schemas[index] ?? {}, description)]),
    ),
    ...(required.length === 0 ? {} : { required }),
    // What is no parameter has no place in the request.
    additionalProperties: false,
    ...(Object.keys(definitions).length === 0 ? {} : { $defs: definitions }),
  };
  try {
    requireJsonSchema(schema);
  } catch (error) {
    throw new NotMappable(`its parameters have a schema that can't be used (${messageOf(error).slice(0, 300)})`);
  }
  return { schema, cut };
}

function withDescription(schema: Json, description: string | undefined): Json {
  if (description === undefined || !isJsonObject(schema) || schema.description !== undefined) return schema;
  return { ...schema, description: description.slice(0, longestDescription) };
}

function usable(schema: JsonObject | undefined): JsonObject | undefined {
  if (schema === undefined) return undefined;
  try {
    requireJsonSchema(schema);
    return schema;
  } catch {
    return undefined;
  }
}

function titleOf({ summary }: JsonObject): { title?: string } {
  return typeof summary === "string" && summary.trim() !== "" ? { title: summary.trim().slice(0, 200) } : {};
}

function descriptionOf({ summary, description }: JsonObject, { method, path }: Operation): string {
  const texts = [summary, description].filter((text): text is string => typeof text === "string" && text.trim() !== "");
  const text = [...new Set(texts.map((text) => text.trim()))].join("\n\n");
  if (text === "") return `${method} ${path}`;
  return text.length > longestDescription ? `${text.slice(0, longestDescription)}...` : text;
}

/** What HTTP says of a method (RFC 9110, section 9.2). */
function annotationsOf(method: string): { annotations?: JsonObject } {
  if (method === "GET" || method === "HEAD" || method === "OPTIONS") return { annotations: { readOnlyHint: true } };
  if (method === "PUT") return { annotations: { idempotentHint: true } };
  if (method === "DELETE") return { annotations: { destructiveHint: true, idempotentHint: true } };
  return {};
}

function placeOf({ method, path, operation }: Operation): string {
  const { operationId } = operation;
  return `${method} ${path}${typeof operationId === "string" ? ` (${operationId})` : ""}`;
}

function bounded(warnings: readonly string[]): string[] {
  if (warnings.length <= maximumWarnings) return [...warnings];
  const shown = maximumWarnings - 1;
  return [...warnings.slice(0, shown), `There are ${warnings.length - shown} more of these.`];
}
