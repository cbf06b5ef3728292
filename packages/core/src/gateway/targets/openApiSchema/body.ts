import { isJsonObject, type Json, type JsonObject } from "../../../json.ts";
import type { BodyBinding, PartBinding } from "./binding.ts";
import { deepPairs, Unwritable } from "./serialize.ts";

/** A request's body as it is sent, and its media type. */
export interface WrittenBody {
  readonly contentType: string;
  readonly body: string | Uint8Array;
}

/**
 * Writes the body of a request; undefined where there is none.
 * @throws Unwritable
 */
export async function writeBody(binding: BodyBinding, args: JsonObject): Promise<WrittenBody | undefined> {
  const value = givenBody(binding, args);
  if (value === undefined) return undefined;
  const { contentType, encoding, parts = {} } = binding;
  switch (encoding) {
    case "json":
      return { contentType, body: JSON.stringify(value) };
    case "form":
      return { contentType, body: formOf(objectIn(value, "body"), parts) };
    case "multipart":
      return multipart(objectIn(value, "body"), parts);
    case "text":
      if (typeof value !== "string") throw new Unwritable("the body must be text");
      return { contentType, body: value };
    case "binary":
      return { contentType, body: bytesOf(value, "the body") };
  }
}

function givenBody({ argument, properties = [], required }: BodyBinding, args: JsonObject): Json | undefined {
  if (argument !== undefined) return Object.hasOwn(args, argument) ? args[argument] : undefined;
  const given = properties.flatMap((name): [string, Json][] => {
    const value = Object.hasOwn(args, name) ? args[name] : undefined;
    return value === undefined ? [] : [[name, value]];
  });
  return given.length === 0 && !required ? undefined : Object.fromEntries(given);
}

function formOf(value: JsonObject, parts: Readonly<Record<string, PartBinding>>): string {
  const form = new URLSearchParams();
  for (const [name, item] of Object.entries(value)) {
    const part = partOf(parts, name);
    if (part.deepObject) for (const [path, text] of deepPairs(name, item)) form.append(path, text);
    else if (Array.isArray(item) && item.every(isScalar)) {
      const texts = item.map(String);
      if (!part.commas) for (const text of texts) form.append(name, text);
      else if (texts.some((text) => text.includes(",")))
        throw new Unwritable(`an item of "${name}" must not contain ","`);
      else form.append(name, texts.join(","));
    } else if (item !== null) form.append(name, isScalar(item) ? String(item) : JSON.stringify(item));
  }
  return form.toString();
}

async function multipart(value: JsonObject, parts: Readonly<Record<string, PartBinding>>): Promise<WrittenBody> {
  const form = new FormData();
  for (const [name, item] of Object.entries(value)) {
    const part = partOf(parts, name);
    for (const one of Array.isArray(item) ? item : [item]) {
      if (one === null) continue;
      if (part.binary)
        form.append(name, new Blob([bytesOf(one, `"${name}"`)], { type: part.contentType ?? octets }), name);
      else if (!isScalar(one)) form.append(name, new Blob([JSON.stringify(one)], { type: "application/json" }), name);
      else if (part.contentType !== undefined)
        form.append(name, new Blob([String(one)], { type: part.contentType }), name);
      else form.append(name, String(one));
    }
  }
  // It chooses the boundary, and escapes what would end a part's header.
  const response = new Response(form);
  return { contentType: response.headers.get("content-type") ?? "", body: await response.bytes() };
}

const octets = "application/octet-stream";
const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

function bytesOf(value: Json, what: string): Uint8Array<ArrayBuffer> {
  if (typeof value !== "string" || value.length % 4 !== 0 || !base64.test(value)) {
    throw new Unwritable(`${what} must be base64`);
  }
  return new Uint8Array(Buffer.from(value, "base64"));
}

function partOf(parts: Readonly<Record<string, PartBinding>>, name: string): PartBinding {
  return Object.hasOwn(parts, name) ? (parts[name] ?? {}) : {};
}

function objectIn(value: Json, name: string): JsonObject {
  if (!isJsonObject(value)) throw new Unwritable(`"${name}" must be an object`);
  return value;
}

function isScalar(value: Json): boolean {
  return typeof value !== "object";
}
