import type { JsonObject } from "../../../json.ts";
import type { SigningScope } from "../http/sign.ts";

/** The protocols that are spoken, by their names in AWS's models (`aws.protocols#`). */
export const protocols = ["restJson1", "awsJson1_0", "awsJson1_1"] as const;
export type Protocol = (typeof protocols)[number];

/** A simple type by its number in the AWS SDK's schemas, or the key of a shape, and the traits that matter on the wire. */
export type MemberRef = readonly [number | string, JsonObject];

/**
 * A shape in the AWS SDK's own form of schemas, but that references are keys: a list (1) with its member, a map (2) with key
 * and value, a structure (3) or union (4) with the names and references of its members.
 */
export type WireShape =
  | readonly [1, string, JsonObject, MemberRef]
  | readonly [2, string, JsonObject, MemberRef, MemberRef]
  | readonly [3 | 4, string, JsonObject, readonly string[], readonly MemberRef[]];

/** How a call of a Smithy operation is made. */
export interface SmithyBinding {
  readonly protocol: Protocol;
  readonly namespace: string;
  /** The service's own name, which the awsJson protocols send. */
  readonly service: string;
  readonly operation: string;
  /** Whether errors are told in the query protocol's way too (`aws.protocols#awsQueryCompatible`). */
  readonly queryCompatible?: boolean;
  /** Method, path with labels, and status of restJson1. */
  readonly http?: readonly [string, string, number];
  readonly hostPrefix?: string;
  readonly endpoint: string;
  /** What endpoint rules say of headers. */
  readonly endpointHeaders?: Readonly<Record<string, readonly string[]>>;
  /** Absent where requests are not signed. */
  readonly signing?: SigningScope;
  /** Keys among the shapes; absent for an operation that takes or gives nothing. */
  readonly input?: string;
  readonly output?: string;
  /** The member of the output that is the answer's body, as bytes or text of any kind. */
  readonly content?: string;
  readonly shapes: Readonly<Record<string, WireShape>>;
}
