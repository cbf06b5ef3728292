import { isJsonObject, type Json, type JsonObject } from "../../../json.ts";
import type { ParameterBinding } from "./binding.ts";

/** Arguments that can't be written into a request. The message is for whoever called. */
export class Unwritable extends Error {
  override readonly name = "Unwritable";
}

/** A name and a value as they stand in a query, a form or a cookie, both encoded. */
export type Pair = readonly [name: string, value: string];

/**
 * A parameter of the query, as its style has it (OpenAPI, "Style Values"). What has no value has no pair.
 * @throws Unwritable where the written value could be read as something else than what policy has seen.
 */
export function queryPairs(binding: ParameterBinding, value: Json): Pair[] {
  const { name, style, explode, json, allowReserved } = binding;
  const encode = allowReserved ? encodeReserved : encodeURIComponent;
  const key = encodeURIComponent(name);
  if (value === null) return [];
  if (json) return [[key, encode(JSON.stringify(value))]];
  if (style === "deepObject")
    return deepPairs(name, value).map(([path, text]) => [encodeURIComponent(path), encode(text)]);
  if (Array.isArray(value)) {
    if (explode) return value.map((item) => [key, encode(scalar(item, name))]);
    if (value.length === 0) return [];
    const [separator, written] =
      style === "spaceDelimited" ? [" ", "%20"] : style === "pipeDelimited" ? ["|", "%7C"] : [",", ","];
    return [[key, list(value, name, separator).map(encode).join(written)]];
  }
  if (isJsonObject(value)) {
    const entries = entriesOf(value);
    if (explode) return entries.map(([member, item]) => [encodeURIComponent(member), encode(scalar(item, member))]);
    if (entries.length === 0) return [];
    return [[key, list(entries.flat(), name, ",").map(encode).join(",")]];
  }
  return [[key, encode(scalar(value, name))]];
}

/**
 * A parameter of the path: what takes the place of `{name}`, encoded, with the prefix of its style.
 * @throws Unwritable
 */
export function pathText({ name, style, explode, json }: ParameterBinding, value: Json): string {
  const text = simpleText(value, { name, explode, json: json === true, encode: encodeURIComponent, style });
  // What is empty isn't there, and the path is another one.
  if (text === "") throw new Unwritable(`"${name}" must not be empty`);
  return text;
}

/** A parameter in a header. @throws Unwritable for what would end it, or can't be in one. */
export function headerText({ name, explode, json }: ParameterBinding, value: Json): string {
  const text = simpleText(value, { name, explode, json: json === true, encode: (text) => text });
  if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(text)) {
    throw new Unwritable(`"${name}" goes into a header and must not have line breaks or characters beyond Latin-1`);
  }
  return text;
}

interface Simple {
  readonly name: string;
  readonly explode: boolean;
  readonly json: boolean;
  readonly encode: (text: string) => string;
  readonly style?: ParameterBinding["style"];
}

/** Styles `simple`, `label` and `matrix` (RFC 6570, sections 3.2.2, 3.2.5 and 3.2.7). */
function simpleText(value: Json, { name, explode, json, encode, style = "simple" }: Simple): string {
  const key = encode(name);
  if (json) return encode(JSON.stringify(value));
  if (style === "matrix") {
    if (Array.isArray(value) && explode) return value.map((item) => `;${key}=${encode(scalar(item, name))}`).join("");
    if (isJsonObject(value) && explode) {
      return entriesOf(value)
        .map(([member, item]) => `;${encode(member)}=${encode(scalar(item, member))}`)
        .join("");
    }
  }
  const separator = style === "label" && explode ? "." : ",";
  const text = joined(value, { name, explode, separator, encode });
  if (text === "") return "";
  return style === "label" ? `.${text}` : style === "matrix" ? `;${key}=${text}` : text;
}

function joined(
  value: Json,
  { name, explode, separator, encode }: Pick<Simple, "name" | "explode" | "encode"> & { separator: string },
): string {
  if (Array.isArray(value)) return list(value, name, separator).map(encode).join(separator);
  if (!isJsonObject(value)) return encode(scalar(value, name));
  const entries = entriesOf(value);
  if (!explode) return list(entries.flat(), name, separator).map(encode).join(separator);
  return entries
    .map((entry) => {
      const [member = "", text = ""] = list(entry, name, separator);
      if (member.includes("=")) throw new Unwritable(`a property of "${name}" must not have "=" in its name`);
      return `${encode(member)}=${encode(text)}`;
    })
    .join(separator);
}

/**
 * The items of a list that is written as one text. An item with the separator in it would be read as two, of which policy
 * has seen neither.
 */
function list(items: readonly Json[], name: string, separator: string): string[] {
  return items.map((item) => {
    const text = scalar(item, name);
    if (text.includes(separator))
      throw new Unwritable(`an item of "${name}" must not contain ${JSON.stringify(separator)}`);
    return text;
  });
}

/**
 * Style `deepObject`: a pair for each value in an object, with its path in brackets. Lists in it are numbered.
 * @throws Unwritable
 */
export function deepPairs(path: string, value: Json): Pair[] {
  if (value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item, index) => deepPairs(`${path}[${index}]`, item));
  if (!isJsonObject(value)) return [[path, scalar(value, path)]];
  return Object.entries(value).flatMap(([member, item]) => {
    if (/[[\]]/.test(member)) throw new Unwritable(`the property "${member}" of "${path}" must not have brackets`);
    return deepPairs(`${path}[${member}]`, item);
  });
}

/** A value that is one text. @throws Unwritable for lists and objects in places that have no way to write them. */
export function scalar(value: Json, name: string): string {
  if (typeof value === "object" && value !== null) {
    throw new Unwritable(`"${name}" must not hold a list or an object inside another: there is no way to write it`);
  }
  return value === null ? "" : String(value);
}

function entriesOf(value: JsonObject): [string, Json][] {
  return Object.entries(value).filter(([, item]) => item !== null);
}

/** With the reserved characters that a query's values may have without becoming something else (RFC 3986, section 3.4). */
function encodeReserved(text: string): string {
  return encodeURIComponent(text).replaceAll(/%(3A|2F|3F|40|24|2C|3B)/g, decodeURIComponent);
}
