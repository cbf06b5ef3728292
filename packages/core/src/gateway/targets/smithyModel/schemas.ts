import { isJsonObject, type Json, type JsonObject } from "../../../json.ts";
import { TargetError } from "../target.ts";
import { plainText } from "./documentation.ts";
import { type Member, type Model, nameOf, objectTrait, type Shape, type Traits, textTrait } from "./model.ts";
import { portablePattern } from "./patterns.ts";

/** How long the description of a property is at most, in characters. */
const longestDescription = 300;
/** Deeper than this no service nests; what recurses over a schema has no guard of its own. */
const greatestDepth = 100;

/**
 * What a schema is for. Of an input everything is said that the model says, so that what doesn't fit is refused before it
 * is decided about. Of an output only the types: services add members and enum values, and an agent's client refuses what
 * its schema doesn't allow.
 */
export type Side = "input" | "output";

/**
 * The JSON Schema of a structure of the model: what is used more than once, or contains itself, is in `$defs`.
 *
 * On the wire of MCP a timestamp is text (RFC 3339), a blob is base64, a document any JSON, whatever the service's own
 * format. A union is an object that must have exactly one of its members.
 * @param leaveOut members of the structure that the schema doesn't have.
 */
export function schemaOf(
  model: Model,
  structure: Shape | undefined,
  side: Side,
  leaveOut: ReadonlySet<string> = new Set(),
): JsonObject {
  if (structure === undefined)
    return { type: "object", properties: {}, ...(side === "input" ? { additionalProperties: false } : {}) };
  const root = { ...structure, members: structure.members.filter(({ name }) => !leaveOut.has(name)) };
  const uses = usesOf(model, root);
  const writer = new SchemaWriter(model, side, uses);
  const schema = writer.structure(root, new Set());
  const definitions = writer.definitions();
  return definitions === undefined ? schema : { ...schema, $defs: definitions };
}

/** How often each structure and union is referred to in what can be reached: by way of a list as often as the list is. */
function usesOf({ shape }: Model, root: Shape): Map<string, number> {
  // The root is never a definition: where something refers to it, a copy is.
  const uses = new Map([[root.id, 1]]);
  const seen = new Set<string>();
  const open = root.members.map(({ target }) => ({ target, within: new Set<string>() }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { target, within } = next;
    const { type, members } = shape(target);
    const collection = type === "list" || type === "set" || type === "map";
    uses.set(target, (uses.get(target) ?? 0) + 1);
    if (collection ? within.has(target) : seen.has(target)) continue;
    if (!collection) seen.add(target);
    const inside = collection ? new Set([...within, target]) : new Set<string>();
    open.push(...members.map((member) => ({ target: member.target, within: inside })));
  }
  return uses;
}

class SchemaWriter {
  readonly #model: Model;
  readonly #side: Side;
  readonly #uses: ReadonlyMap<string, number>;
  /** The names of definitions by the shapes' ids. */
  readonly #names = new Map<string, string>();
  readonly #definitions = new Map<string, JsonObject>();
  /** How many structures are being written, one within the other. */
  #depth = 0;

  constructor(model: Model, side: Side, uses: ReadonlyMap<string, number>) {
    this.#model = model;
    this.#side = side;
    this.#uses = uses;
  }

  definitions(): JsonObject | undefined {
    return this.#definitions.size === 0 ? undefined : Object.fromEntries(this.#definitions);
  }

  /** @param within the lists and maps that are being written, which must not come again. */
  structure({ id, type, members }: Shape, within: ReadonlySet<string>): JsonObject {
    if (++this.#depth > greatestDepth) throw new TargetError(`it is nested deeper than ${greatestDepth} structures.`);
    const properties = Object.fromEntries(members.map((member) => [member.name, this.#property(member, within)]));
    this.#depth--;
    const union = type === "union";
    if (this.#side === "output") return { type: "object", properties };
    const required = members.filter(isRequired).map(({ name }) => name);
    if (union && members.length === 0) throw new TargetError(`The union ${nameOf(id)} has no members.`);
    return {
      type: "object",
      properties,
      ...(required.length > 0 && !union ? { required } : {}),
      ...(union ? { minProperties: 1, maxProperties: 1 } : {}),
      additionalProperties: false,
    };
  }

  #property(member: Member, within: ReadonlySet<string>): JsonObject {
    const schema = this.#member(member, within);
    if (this.#side === "output") return schema;
    const target = this.#model.shape(member.target);
    const documentation = textTrait(member.traits, documentationTrait) ?? textTrait(target.traits, documentationTrait);
    const description = plainText(documentation, longestDescription);
    const label = "smithy.api#httpLabel" in member.traits && schema.type === "string";
    return {
      ...schema,
      // An empty one would make another path.
      ...(label && schema.enum === undefined ? { minLength: Math.max(1, Number(schema.minLength ?? 0)) } : {}),
      ...(description === undefined ? {} : { description }),
    };
  }

  #member({ target, traits }: Member, within: ReadonlySet<string>): JsonObject {
    const shape = this.#model.shape(target);
    // A member's own traits count before those of its shape.
    const constraints = { ...shape.traits, ...traits };
    switch (shape.type) {
      case "structure":
      case "union":
        return this.#referred(shape);
      case "list":
      case "set":
        return this.#list(shape, constraints, within);
      case "map":
        return this.#map(shape, constraints, within);
      default:
        return this.#side === "input" ? simpleInput(shape, constraints) : simpleOutput(shape);
    }
  }

  #referred(shape: Shape): JsonObject {
    if ((this.#uses.get(shape.id) ?? 0) < 2) return this.structure(shape, new Set());
    const name = this.#nameFor(shape.id);
    if (!this.#definitions.has(name)) {
      // Before it is written: it may refer to itself.
      this.#definitions.set(name, {});
      this.#definitions.set(name, this.structure(shape, new Set()));
    }
    return { $ref: `#/$defs/${name}` };
  }

  #list(shape: Shape, constraints: Traits, within: ReadonlySet<string>): JsonObject {
    const unique = shape.type === "set" || "smithy.api#uniqueItems" in shape.traits;
    return {
      type: "array",
      items: this.#item(shape, "member", within),
      ...(this.#side === "input" ? bounds(constraints, "smithy.api#length", "minItems", "maxItems") : {}),
      ...(this.#side === "input" && unique ? { uniqueItems: true } : {}),
    };
  }

  #map(shape: Shape, constraints: Traits, within: ReadonlySet<string>): JsonObject {
    const values = { type: "object", additionalProperties: this.#item(shape, "value", within) };
    if (this.#side === "output") return values;
    const { type: _, ...names } = this.#item(shape, "key", within);
    return {
      ...values,
      ...bounds(constraints, "smithy.api#length", "minProperties", "maxProperties"),
      ...(Object.keys(names).length > 0 ? { propertyNames: names } : {}),
    };
  }

  #item(collection: Shape, name: "member" | "key" | "value", within: ReadonlySet<string>): JsonObject {
    const member = collection.members.find((one) => one.name === name);
    if (member === undefined) throw new TargetError(`The ${collection.type} ${nameOf(collection.id)} has no ${name}.`);
    if (within.has(collection.id)) {
      throw new TargetError(
        `The ${collection.type} ${nameOf(collection.id)} contains itself with no structure between.`,
      );
    }
    const schema = this.#member(member, new Set([...within, collection.id]));
    const sparse = "smithy.api#sparse" in collection.traits && name !== "key";
    return sparse ? { anyOf: [schema, { type: "null" }] } : schema;
  }

  #nameFor(id: string): string {
    let name = this.#names.get(id);
    if (name === undefined) {
      const renamed = objectTrait(this.#model.service.node, "rename")?.[id];
      const taken = new Set(this.#names.values());
      name = typeof renamed === "string" ? renamed : nameOf(id);
      // Shapes of two namespaces may have one name.
      for (let count = 2; taken.has(name); count++) name = `${nameOf(id)}${count}`;
      this.#names.set(id, name);
    }
    return name;
  }
}

const documentationTrait = "smithy.api#documentation";

/** An idempotency token is made where none is given. */
function isRequired({ traits }: Member): boolean {
  return "smithy.api#required" in traits && !("smithy.api#idempotencyToken" in traits);
}

/** What integers of a type can be; beyond 2^53 no number of JSON is exact. */
const integers: Readonly<Record<string, JsonObject>> = {
  byte: { minimum: -128, maximum: 127 },
  short: { minimum: -32_768, maximum: 32_767 },
  integer: { minimum: -2_147_483_648, maximum: 2_147_483_647 },
  long: {},
  bigInteger: {},
};

function simpleInput(shape: Shape, traits: Traits): JsonObject {
  const { type } = shape;
  const limits = integers[type];
  if (limits !== undefined)
    return { type: "integer", ...limits, ...bounds(traits, "smithy.api#range", "minimum", "maximum") };
  switch (type) {
    case "string":
      return stringInput(traits);
    case "enum":
      return { type: "string", enum: valuesOf(shape) };
    case "intEnum":
      return { type: "integer", enum: valuesOf(shape) };
    case "boolean":
      return { type: "boolean" };
    // Not a number and the infinities, which JSON has no numbers for, are not taken: no policy can compare them.
    case "float":
    case "double":
    case "bigDecimal":
      return { type: "number", ...bounds(traits, "smithy.api#range", "minimum", "maximum") };
    case "timestamp":
      return { type: "string", format: "date-time" };
    case "blob":
      return { type: "string", format: "byte", contentEncoding: "base64" };
    case "document":
      return {};
    default:
      throw new TargetError(
        `The shape ${nameOf(shape.id)} is of the type "${type}", which is no part of an operation's input.`,
      );
  }
}

function simpleOutput({ id, type }: Shape): JsonObject {
  if (type in integers || type === "intEnum")
    return type === "bigInteger" ? { type: ["integer", "string"] } : { type: "integer" };
  switch (type) {
    case "string":
    case "enum":
    case "timestamp":
    case "blob":
      return { type: "string" };
    case "boolean":
      return { type: "boolean" };
    // Text for what JSON has no numbers for.
    case "float":
    case "double":
    case "bigDecimal":
      return { type: ["number", "string"] };
    case "document":
      return {};
    default:
      throw new TargetError(
        `The shape ${nameOf(id)} is of the type "${type}", which is no part of an operation's output.`,
      );
  }
}

function stringInput(traits: Traits): JsonObject {
  const named = traits["smithy.api#enum"];
  const values = Array.isArray(named) ? named.flatMap((one) => (isJsonObject(one) ? [one.value ?? null] : [])) : [];
  if (values.length > 0) return { type: "string", enum: distinct(values) };
  const pattern = portablePattern(textTrait(traits, "smithy.api#pattern"));
  return {
    type: "string",
    ...bounds(traits, "smithy.api#length", "minLength", "maxLength"),
    ...(pattern === undefined ? {} : { pattern }),
  };
}

/** The values of an enum of Smithy 2.0; a member without one stands for its name. */
function valuesOf({ id, members }: Shape): Json[] {
  if (members.length === 0) throw new TargetError(`The enum ${nameOf(id)} has no members.`);
  return distinct(members.map(({ name, traits }) => traits["smithy.api#enumValue"] ?? name));
}

/** Of equal values one: a schema may not name one twice. */
function distinct(values: readonly Json[]): Json[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}

/** A bound that is none is left out: lengths are whole numbers from 0 on. */
function bounds(traits: Traits, trait: string, least: string, most: string): JsonObject {
  const { min, max } = objectTrait(traits, trait) ?? {};
  const isBound = (value: Json | undefined): value is number =>
    typeof value === "number" && (trait === "smithy.api#range" || (Number.isSafeInteger(value) && value >= 0));
  return {
    ...(isBound(min) ? { [least]: min } : {}),
    ...(isBound(max) ? { [most]: max } : {}),
  };
}
