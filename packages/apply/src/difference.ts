import { isDeepStrictEqual } from "node:util";
import { isJsonObject, type Json, type JsonObject } from "@gatehouse/core/json.ts";

/** A member that isn't as it is to be. Absent means that it isn't there. */
export interface Difference {
  readonly path: string;
  readonly before?: Json;
  readonly after?: Json;
}

type Value = Json | undefined;

/**
 * What differs in meaning: empty is the same as absent, and the order of a list means nothing in anything that a
 * document can say. Members of lists that have names are compared by name.
 */
export function differences(before: Value, after: Value, path = ""): Difference[] {
  return compare(normalize(before), normalize(after), path);
}

function compare(before: Value, after: Value, path: string): Difference[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (isJsonObject(before) && isJsonObject(after)) {
    const members = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return members.flatMap((name) => compare(before[name], after[name], path === "" ? name : `${path}.${name}`));
  }
  const [namedBefore, namedAfter] = [byName(before), byName(after)];
  if (namedBefore !== undefined && namedAfter !== undefined) {
    const names = [...new Set([...namedBefore.keys(), ...namedAfter.keys()])];
    return names.flatMap((name) => compare(namedBefore.get(name), namedAfter.get(name), `${path}[${name}]`));
  }
  return [{ path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }];
}

/** The members of a list by their names, if each has one of its own. */
function byName(value: Value): Map<string, Json> | undefined {
  if (!Array.isArray(value)) return undefined;
  const named = new Map<string, Json>();
  for (const member of value) {
    if (!isJsonObject(member) || typeof member.name !== "string" || named.has(member.name)) return undefined;
    named.set(member.name, member);
  }
  return named;
}

/** A value without what means nothing: absent and empty members, and the order of lists. */
function normalize(value: Value): Value {
  if (value === null || value === undefined) return undefined;
  if (Array.isArray(value)) {
    const members = value.map(normalize).filter((member) => member !== undefined);
    return members.length === 0 ? undefined : members.sort((a, b) => (canonical(a) < canonical(b) ? -1 : 1));
  }
  if (!isJsonObject(value)) return value;
  const members = Object.entries(value).flatMap(([name, member]): [string, Json][] => {
    const normal = normalize(member);
    return normal === undefined ? [] : [[name, normal]];
  });
  return members.length === 0 ? undefined : sorted(Object.fromEntries(members));
}

function sorted(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Objects are sorted by then, so that equal values have equal texts. */
function canonical(value: Json): string {
  return JSON.stringify(value);
}
