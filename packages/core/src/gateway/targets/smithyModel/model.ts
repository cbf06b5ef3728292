import { isJsonObject, type Json, type JsonObject, refusedKeys } from "../../../json.ts";
import { TargetError } from "../target.ts";

/** As large a model as AgentCore takes. */
const maximumModelBytes = 10_000_000;
/** Endpoint rules nest deepest, to about forty levels in AWS's own models. */
const maximumDepth = 100;

/** What a shape or a member is said to be beyond its type, by the traits' absolute ids. */
export type Traits = Readonly<Record<string, Json>>;

/** A member of a shape: of a structure or union by its name; of a list `member`; of a map `key` and `value`. */
export interface Member {
  readonly name: string;
  /** The id of the shape that it is of. */
  readonly target: string;
  /** Its own; those of its target are not among them. */
  readonly traits: Traits;
}

/** A shape of a model. */
export interface Shape {
  readonly id: string;
  readonly type: string;
  readonly traits: Traits;
  readonly members: readonly Member[];
  /** The shape as the model has it: what only services, resources and operations have. */
  readonly node: JsonObject;
}

/** A Smithy model with one service. */
export interface Model {
  readonly service: Shape;
  /** @throws TargetError where there is no such shape: the model is incomplete. */
  shape(id: string): Shape;
}

/**
 * Reads a model from its JSON AST (Smithy 2.0, "JSON AST"; 1.0 differs in what is written where, which is all read).
 * @throws TargetError that says what is wrong and where. Nothing is fetched, whatever it refers to.
 */
export function readModel(text: string): Model {
  const shapes = shapesOf(parse(text));
  const shape = (id: string): Shape => {
    const found = shapes.get(id) ?? prelude.get(id);
    if (found === undefined) throw new TargetError(`The model refers to the shape ${id}, which it doesn't have.`);
    return found;
  };
  const services = [...shapes.values()].filter(({ type }) => type === "service");
  const [service] = services;
  if (service === undefined || services.length > 1) {
    const found = service === undefined ? "none" : services.map(({ id }) => id).join(", ");
    throw new TargetError(`The model must have exactly one service, and has ${found}.`);
  }
  return { service, shape };
}

/** The name in a shape id, without the namespace. */
export function nameOf(id: string): string {
  return id.slice(id.indexOf("#") + 1);
}

/** The shapes that a list of references names, as services, resources and operations have them. */
export function referencesIn(node: JsonObject, key: string): string[] {
  const list = node[key];
  if (list === undefined) return [];
  return (Array.isArray(list) ? list : [list]).map((reference) => targetOf(reference, key));
}

/** The text of a trait; `undefined` where it isn't there or isn't text. */
export function textTrait(traits: Traits, id: string): string | undefined {
  const value = traits[id];
  return typeof value === "string" ? value : undefined;
}

/** The object that a trait is; `undefined` where it isn't there. */
export function objectTrait(traits: Traits, id: string): JsonObject | undefined {
  const value = traits[id];
  return isJsonObject(value) ? value : undefined;
}

function parse(text: string): JsonObject {
  if (Buffer.byteLength(text) > maximumModelBytes) throw new TargetError("A Smithy model may have 10 MB at most.");
  let model: Json;
  try {
    model = JSON.parse(text) as Json;
  } catch (error) {
    throw new TargetError(
      "The Smithy model is not JSON: give it as JSON AST, as `smithy ast` or a Smithy build makes it.",
      {
        cause: error,
      },
    );
  }
  requireBounds(model);
  if (!isJsonObject(model) || !isJsonObject(model.shapes) || !/^[12](\.\d+)?$/.test(String(model.smithy))) {
    throw new TargetError('The model is no Smithy JSON AST: it needs "smithy" ("2.0", or "1.0") and "shapes".');
  }
  return model.shapes;
}

/** Before anything looks into it: whatever follows may recurse, and use what it finds as keys (T11, T23). */
function requireBounds(model: Json): void {
  let level: Json[] = [model];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maximumDepth) throw new TargetError(`The model is nested deeper than ${maximumDepth} levels.`);
    const next: Json[] = [];
    for (const value of level) {
      if (typeof value !== "object" || value === null) continue;
      for (const [key, inner] of Object.entries(value)) {
        if (refusedKeys.has(key)) throw new TargetError(`The model has a key "${key}", which can't be used.`);
        next.push(inner);
      }
    }
    level = next;
  }
}

function shapesOf(nodes: JsonObject): Map<string, Shape> {
  const shapes = new Map<string, Shape>();
  const applied: [string, JsonObject][] = [];
  for (const [id, node] of Object.entries(nodes)) {
    if (!isJsonObject(node) || typeof node.type !== "string") throw new TargetError(`The shape ${id} has no type.`);
    if (node.mixins !== undefined && Array.isArray(node.mixins) && node.mixins.length > 0) {
      throw new TargetError(`The shape ${id} uses mixins: build the model with flattenAndRemoveMixins.`);
    }
    if (node.type === "apply") applied.push([id, node]);
    else shapes.set(id, { id, type: node.type, traits: traitsOf(node), members: membersOf(id, node), node });
  }
  for (const [id, node] of applied) apply(shapes, id, traitsOf(node));
  return shapes;
}

/** `apply` adds traits to a shape, or to a member (`shape$member`), that is written elsewhere. */
function apply(shapes: Map<string, Shape>, id: string, traits: Traits): void {
  const [shapeId = "", memberName] = id.split("$");
  const shape = shapes.get(shapeId);
  if (shape === undefined) return;
  const members = shape.members.map((member) =>
    member.name === memberName ? { ...member, traits: { ...member.traits, ...traits } } : member,
  );
  const own = memberName === undefined ? { ...shape.traits, ...traits } : shape.traits;
  shapes.set(shapeId, { ...shape, traits: own, members });
}

function membersOf(id: string, node: JsonObject): Member[] {
  const named = isJsonObject(node.members) ? Object.entries(node.members) : [];
  const unnamed = ["member", "key", "value"].flatMap((name) =>
    node[name] === undefined ? [] : [[name, node[name]] as const],
  );
  return [...named, ...unnamed].map(([name, member]) => ({
    name,
    target: targetOf(member, `${id}$${name}`),
    traits: isJsonObject(member) ? traitsOf(member) : {},
  }));
}

function targetOf(reference: Json | undefined, where: string): string {
  if (!isJsonObject(reference) || typeof reference.target !== "string") {
    throw new TargetError(`${where} in the model has no target.`);
  }
  return reference.target;
}

function traitsOf(node: JsonObject): Traits {
  return isJsonObject(node.traits) ? node.traits : {};
}

/** The shapes that every model has (Smithy 2.0, "Prelude"; the primitive ones are those of 1.0). */
const prelude: ReadonlyMap<string, Shape> = new Map(
  Object.entries({
    Blob: "blob",
    Boolean: "boolean",
    String: "string",
    Byte: "byte",
    Short: "short",
    Integer: "integer",
    Long: "long",
    Float: "float",
    Double: "double",
    BigInteger: "bigInteger",
    BigDecimal: "bigDecimal",
    Timestamp: "timestamp",
    Document: "document",
    PrimitiveBoolean: "boolean",
    PrimitiveByte: "byte",
    PrimitiveShort: "short",
    PrimitiveInteger: "integer",
    PrimitiveLong: "long",
    PrimitiveFloat: "float",
    PrimitiveDouble: "double",
    Unit: "structure",
  }).map(([name, type]) => [
    `smithy.api#${name}`,
    { id: `smithy.api#${name}`, type, traits: {}, members: [], node: {} },
  ]),
);
