import type { StaticOperationSchema, StaticStructureSchema } from "@smithy/types";

/**
 * The words in which our own operations are described: those of the SDK's schemas, so that the same router reads,
 * validates, authorises and answers them.
 */
const namespace = "gatehouse";

export const string = 0;
export const number = 1;
export const boolean = 2;
/** RFC 3339 text, as people read it. */
export const dateTime = 5;
/** JSON of whatever shape. */
export const document = 15;
export const listOfStrings = 64;
export const mapOfStrings = 128;
const label = 1;
const sensitive = 8;

/** Required members come first, as in the SDK's own. */
export type Members = Readonly<Record<string, StaticStructureSchema[5][number]>>;

/** A structure; required members are those that a request must have. */
export function structure(name: string, required: Members, optional: Members = {}): StaticStructureSchema {
  const members = { ...required, ...optional };
  return [3, namespace, name, 0, Object.keys(members), Object.values(members), Object.keys(required).length];
}

/** A list of structures, as a member. */
export function listOf(member: StaticStructureSchema): Members[string] {
  return () => [1, namespace, `${member[2]}List`, 0, () => member];
}

/** A text that no log and no audit shows. */
export function secret(name: string): Members[string] {
  return () => [0, namespace, name, sensitive, string];
}

/** An operation: its place on the wire, what it takes and what it answers. */
export function operation(
  name: string,
  http: readonly [method: string, path: string, status: number],
  request: StaticStructureSchema,
  response: StaticStructureSchema,
): StaticOperationSchema {
  // What the SDK's generator writes beside the bits: the types know strings only.
  const traits = { http: [...http] } as unknown as StaticOperationSchema[3];
  return [9, namespace, name, traits, () => request, () => response];
}

/** A member that stands in the path. */
export const pathLabel: Members[string] = [string, label];

/** A member that stands in the query. */
export const query = (type: 0 | 1, httpQuery: string): Members[string] => [type, { httpQuery }];

/** The members of a request for one page of a list. */
export const page: Members = { maxResults: query(number, "maxResults"), nextToken: query(string, "nextToken") };
