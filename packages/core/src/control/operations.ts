import * as sdk from "@aws-sdk/client-bedrock-agentcore-control";
import { NormalizedSchema } from "@smithy/core/schema";
import type { StaticOperationSchema } from "@smithy/types";
import { ownOperations } from "./own/operations.ts";

/** An operation of the control plane, AgentCore's or our own, as a schema of the SDK's form describes it. */
export interface Operation {
  /** As in `CreateGateway`. */
  readonly name: string;
  readonly method: string;
  /** The status of a successful answer. */
  readonly status: number;
  readonly input: NormalizedSchema;
  readonly output: NormalizedSchema;
  /** The path's segments: words, and labels in braces. */
  readonly segments: readonly string[];
}

/** An operation that a request asks for, with the labels of its path, decoded. */
export interface Match {
  readonly operation: Operation;
  readonly labels: Readonly<Record<string, string>>;
}

/** Every operation that the SDK knows, and our own; those with more words in their path come first, so that a word wins over a label. */
export const operations: readonly Operation[] = operationsOf([
  ...Object.values<unknown>(sdk).filter(isOperationSchema),
  ...ownOperations,
]);
const byName = new Map(operations.map((operation) => [operation.name, operation]));

/** The operation of a name, as in `CreateGateway`. */
export function operationNamed(name: string): Operation | undefined {
  return byName.get(name);
}

/** The operations that schemas of the SDK's form describe, in the order in which a path is to be held against them. */
export function operationsOf(schemas: readonly StaticOperationSchema[]): readonly Operation[] {
  return schemas.map(operationOf).sort((a, b) => labelsOf(a).length - labelsOf(b).length);
}

/**
 * The operation that a method and a path ask for. One slash at the path's end may be there or not: AWS's own paths vary.
 * @param path raw, as in the request line, without the query.
 * @param among the control plane's operations, unless others are said.
 */
export function matchOperation(method: string, path: string, among = operations): Match | undefined {
  const given = split(path);
  const operation = among.find(
    ({ method: expected, segments }) =>
      expected === method &&
      segments.length === given.length &&
      segments.every((segment, index) => (isLabel(segment) ? given[index] !== "" : segment === given[index])),
  );
  if (operation === undefined) return undefined;
  const labels: Record<string, string> = Object.create(null);
  for (const [index, segment] of operation.segments.entries()) {
    if (isLabel(segment)) labels[segment.slice(1, -1)] = decodeSegment(given[index] ?? "");
  }
  return { operation, labels };
}

function operationOf([, , name, traits, input, output]: StaticOperationSchema): Operation {
  const [method, path, status] = (traits as { http: [string, string, number] }).http; // As the SDK's generator writes it.
  return {
    name,
    method,
    status,
    input: NormalizedSchema.of(input),
    output: NormalizedSchema.of(output),
    segments: split(path),
  };
}

/** An operation's schema is a tuple that begins with 9. */
function isOperationSchema(value: unknown): value is StaticOperationSchema {
  return Array.isArray(value) && value[0] === 9;
}

function split(path: string): string[] {
  return path.replace(/^\//, "").replace(/\/$/, "").split("/");
}

function isLabel(segment: string): boolean {
  return segment.startsWith("{");
}

function labelsOf({ segments }: Operation): string[] {
  return segments.filter(isLabel);
}

/** Text that isn't percent-encoded as it should be names nothing; it is kept, and the identifier's pattern refuses it. */
function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
