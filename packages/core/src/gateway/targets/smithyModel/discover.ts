import { messageOf } from "../../../errors.ts";
import type { JsonObject } from "../../../json.ts";
import { binding, type ToolDescription } from "../../../storage/records.ts";
import type { SchemaReader } from "../schemas.ts";
import { type Discovery, TargetError, type TargetKind } from "../target.ts";
import { type Protocol, protocols, type SmithyBinding } from "./binding.ts";
import { plainText } from "./documentation.ts";
import { endpointsOf } from "./endpoint.ts";
import { type Model, nameOf, objectTrait, readModel, type Shape, textTrait } from "./model.ts";
import { operationsOf, structureOf } from "./operations.ts";
import { schemaOf } from "./schemas.ts";
import { WireShapes } from "./wire.ts";

/** How long the description of a tool is at most, in characters. */
const longestDescription = 1_000;
/** A tool and how it is called are one item of the table, with the Cedar types of its input. */
const maximumToolBytes = 300_000;
/** More than this costs a model's context more than the promise of a structure is worth. */
const maximumOutputSchemaBytes = 30_000;

/** Makes tools of a Smithy model that is in the target's configuration, or in S3. */
export function discoverSmithyModel(options: {
  readonly region: string;
  readonly schemas: SchemaReader;
}): TargetKind["discover"] {
  return async ({ targetConfiguration: { mcp } }) =>
    discoverOperations(await options.schemas.read(mcp?.smithyModel), options);
}

/**
 * The tools that a Smithy model describes: one an operation of its service. Operations that can't be called are left out,
 * and a warning says why.
 * @param modelText the model as JSON AST.
 * @param region where the service is called, unless its endpoint rules say otherwise.
 * @throws TargetError for a model that can't be read, or without a single operation that can be called.
 */
export function discoverOperations(modelText: string, { region }: { readonly region: string }): Discovery {
  const model = readModel(modelText);
  const protocol = protocolOf(model);
  const endpointOf = endpointsOf(model, region);
  const tools: ToolDescription[] = [];
  const leftOut: string[] = [];
  const usable: Shape[] = [];
  for (const operation of operationsOf(model)) {
    try {
      tools.push(toolOf(model, protocol, operation, endpointOf(operation)));
      usable.push(operation);
    } catch (error) {
      if (!(error instanceof TargetError)) throw error;
      leftOut.push(`${nameOf(operation.id)} is left out: ${messageOf(error)}`);
    }
  }
  if (tools.length === 0) {
    throw new TargetError(leftOut[0] ?? `The service ${nameOf(model.service.id)} has no operations.`);
  }
  return { tools, warnings: [...leftOut, ...endpointWarning(model, usable)] };
}

function protocolOf({ service }: Model): Protocol {
  const found = protocols.find((protocol) => `aws.protocols#${protocol}` in service.traits);
  if (found !== undefined) return found;
  const spoken = Object.keys(service.traits).flatMap((id) => /^(?:aws|smithy)\.protocols#(\w+)$/.exec(id)?.[1] ?? []);
  throw new TargetError(
    `The service ${nameOf(service.id)} speaks ${spoken.join(", ") || "no protocol that the model names"}; Gatehouse speaks ${protocols.join(", ")}.`,
  );
}

function toolOf(model: Model, protocol: Protocol, operation: Shape, endpoint: EndpointPart): ToolDescription {
  const input = structureOf(model, operation, "input");
  const output = structureOf(model, operation, "output");
  for (const structure of [input, output]) refuseEventStreams(model, structure);
  const content = protocol === "restJson1" ? contentMember(model, output) : undefined;
  const outputSchema = schemaOf(model, output, "output", new Set(content === undefined ? [] : [content]));
  const promises =
    Object.keys(outputSchema.properties as JsonObject).length > 0 && sizeOf(outputSchema) <= maximumOutputSchemaBytes;
  const description = plainText(textTrait(operation.traits, "smithy.api#documentation"), longestDescription);
  const tool: ToolDescription = {
    name: nameOf(operation.id),
    ...(description === undefined ? {} : { description }),
    inputSchema: schemaOf(model, input, "input"),
    ...(promises ? { outputSchema } : {}),
    ...annotationsOf(operation),
    [binding]: JSON.stringify(bindingOf(model, protocol, operation, { input, output, content, endpoint })),
  };
  if (sizeOf(tool) + Buffer.byteLength(tool[binding] ?? "") > maximumToolBytes) {
    throw new TargetError(`its description is larger than ${maximumToolBytes / 1_000} KB.`);
  }
  return tool;
}

type EndpointPart = ReturnType<ReturnType<typeof endpointsOf>>;

interface Parts {
  readonly input: Shape | undefined;
  readonly output: Shape | undefined;
  readonly content: string | undefined;
  readonly endpoint: EndpointPart;
}

function bindingOf(model: Model, protocol: Protocol, operation: Shape, parts: Parts): SmithyBinding {
  const { input, output, content, endpoint } = parts;
  const { service } = model;
  const wire = new WireShapes(model);
  const hostPrefix = textTrait(objectTrait(operation.traits, "smithy.api#endpoint") ?? {}, "hostPrefix");
  return {
    protocol,
    namespace: service.id.slice(0, service.id.indexOf("#")),
    service: nameOf(service.id),
    operation: nameOf(operation.id),
    ...("aws.protocols#awsQueryCompatible" in service.traits ? { queryCompatible: true } : {}),
    ...(protocol === "restJson1" ? { http: httpOf(operation) } : {}),
    ...(hostPrefix === undefined ? {} : { hostPrefix }),
    ...endpoint,
    ...(input === undefined ? {} : { input: wire.add(input) }),
    ...(output === undefined ? {} : { output: wire.add(output) }),
    ...(content === undefined ? {} : { content }),
    shapes: wire.shapes,
  };
}

function httpOf({ id, traits }: Shape): [string, string, number] {
  const { method, uri, code } = objectTrait(traits, "smithy.api#http") ?? {};
  if (typeof method !== "string" || typeof uri !== "string") {
    throw new TargetError(`${nameOf(id)} has no trait smithy.api#http, which restJson1 needs.`);
  }
  return [method, uri, typeof code === "number" ? code : 200];
}

/** The member of an output whose bytes or text are the whole body of an answer: that is what such a tool gives. */
function contentMember({ shape }: Model, output: Shape | undefined): string | undefined {
  const payload = output?.members.find(({ traits }) => "smithy.api#httpPayload" in traits);
  return payload !== undefined && ["blob", "string", "enum"].includes(shape(payload.target).type)
    ? payload.name
    : undefined;
}

function refuseEventStreams({ shape }: Model, structure: Shape | undefined): void {
  for (const { name, target } of structure?.members ?? []) {
    const { type, traits } = shape(target);
    if (type === "union" && "smithy.api#streaming" in traits) {
      throw new TargetError(`${name} is an event stream, which a tool can't have.`);
    }
  }
}

function annotationsOf({ traits }: Shape): { readonly annotations?: JsonObject } {
  const annotations = {
    ...("smithy.api#readonly" in traits ? { readOnlyHint: true } : {}),
    ...("smithy.api#idempotent" in traits ? { idempotentHint: true } : {}),
  };
  return Object.keys(annotations).length > 0 ? { annotations } : {};
}

/** Rules may look at a call's input; what they would say then is not known when the tools are made. */
function endpointWarning(model: Model, operations: readonly Shape[]): string[] {
  const names = operations
    .filter(
      (operation) =>
        "smithy.rules#operationContextParams" in operation.traits ||
        structureOf(model, operation, "input")?.members.some(({ traits }) => "smithy.rules#contextParam" in traits),
    )
    .map(({ id }) => nameOf(id));
  if (names.length === 0) return [];
  const named = names.length > 10 ? `${names.slice(0, 10).join(", ")} and ${names.length - 10} more` : names.join(", ");
  return [`The endpoint rules can depend on the input of these operations, which is not followed: ${named}.`];
}

function sizeOf(value: object): number {
  return Buffer.byteLength(JSON.stringify(value));
}
