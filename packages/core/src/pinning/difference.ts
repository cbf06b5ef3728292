import { isDeepStrictEqual } from "node:util";
import { isJsonObject, type Json } from "../json.ts";

/** One place in which two descriptions differ. */
export interface MemberDifference {
  /** Where it is, as a JSON pointer (RFC 6901) into the description: `/inputSchema/properties/amount`. */
  readonly path: string;
  readonly kind: "ADDED" | "REMOVED" | "CHANGED";
  readonly before?: Json;
  readonly after?: Json;
}

/**
 * What differs between two descriptions, place by place, deepest first: members are compared with members, and lists as
 * wholes, since a place in a list says nothing of what stands there.
 */
export function differencesBetween(before: Json | undefined, after: Json | undefined, path = ""): MemberDifference[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (isJsonObject(before) && isJsonObject(after)) {
    const members = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return members.flatMap((member) =>
      differencesBetween(own(before, member), own(after, member), `${path}/${escaped(member)}`),
    );
  }
  const kind = before === undefined ? "ADDED" : after === undefined ? "REMOVED" : "CHANGED";
  return [{ path, kind, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }];
}

function own(object: Record<string, Json>, member: string): Json | undefined {
  return Object.hasOwn(object, member) ? object[member] : undefined;
}

function escaped(member: string): string {
  return member.replaceAll("~", "~0").replaceAll("/", "~1");
}
