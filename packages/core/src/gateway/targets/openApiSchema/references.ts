import { isJsonObject, type Json, type JsonObject } from "../../../json.ts";

/** Something in a description that can't become a part of a tool. The message says what, and what would be right. */
export class NotMappable extends Error {
  override readonly name = "NotMappable";
}

/** References to references are followed this far. */
const longestChain = 20;

/**
 * What a value means that may be a Reference Object: itself, or what it refers to inside the description.
 * @throws NotMappable for a reference that leads outside, nowhere, or in a circle.
 */
export function resolved(value: Json | undefined, document: JsonObject): Json | undefined {
  let current = value;
  for (let step = 0; step < longestChain; step++) {
    if (!isJsonObject(current) || typeof current.$ref !== "string") return current;
    current = lookUp(current.$ref, document);
  }
  throw new NotMappable(`the reference ${JSON.stringify((value as JsonObject).$ref)} leads in a circle`);
}

/**
 * What a local reference points at (RFC 6901, as a URI fragment).
 * @throws NotMappable
 */
export function lookUp(reference: string, document: JsonObject): Json {
  if (!reference.startsWith("#/")) {
    throw new NotMappable(
      `the reference ${JSON.stringify(reference)} leads outside the description: nothing is fetched`,
    );
  }
  let current: Json = document;
  for (const segment of segmentsOf(reference)) {
    const next: Json | undefined = Array.isArray(current)
      ? current[Number(segment)]
      : isJsonObject(current) && Object.hasOwn(current, segment)
        ? current[segment]
        : undefined;
    if (next === undefined) throw new NotMappable(`the reference ${JSON.stringify(reference)} leads nowhere`);
    current = next;
  }
  return current;
}

/** The steps of a local reference from the description's root. */
export function segmentsOf(reference: string): string[] {
  return reference
    .slice(2)
    .split("/")
    .map((segment) => decoded(segment).replaceAll("~1", "/").replaceAll("~0", "~"));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A percent sign that stands for itself.
    return text;
  }
}
