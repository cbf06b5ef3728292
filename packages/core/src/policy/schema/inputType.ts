import type { EntityType, NamespaceDefinition, Type } from "@cedar-policy/cedar-wasm/nodejs";
import { namespace, unqualified } from "../cedar.ts";
import { Unrepresentable } from "./normalize.ts";

/** The Cedar type of an argument, with every name resolved: what the encoder follows. */
export type InputType =
  | { readonly kind: "string" | "long" | "bool" | "decimal" | "datetime" | "duration" | "ipaddr" | "null" | "unknown" }
  | { readonly kind: "enum"; readonly entityType: string; readonly members: ReadonlySet<string> }
  | { readonly kind: "set"; readonly element: InputType }
  | { readonly kind: "tuple"; readonly items: readonly InputType[] }
  | { readonly kind: "union"; readonly choices: readonly InputType[] }
  | RecordType
  | TaggedType;

/** An object whose properties are all known. */
export interface RecordType {
  readonly kind: "record";
  readonly attributes: ReadonlyMap<string, Attribute>;
  /** The properties that Cedar can't represent. */
  readonly leftOut: ReadonlySet<string>;
}

/** An object with `additionalProperties`: Cedar has no open records, so it is an entity that carries them as tags. */
export interface TaggedType {
  readonly kind: "tagged";
  readonly entityType: string;
  readonly attributes: ReadonlyMap<string, Attribute>;
  readonly leftOut: ReadonlySet<string>;
  readonly tags: InputType;
}

/** One property of an object. */
export interface Attribute {
  readonly type: InputType;
  readonly required: boolean;
}

/** Where names are looked up, and what was seen on the way. */
export interface Resolution {
  readonly definitions: NamespaceDefinition<string>;
  /** The names of the common and entity types that were reached, unqualified. */
  readonly reached: Set<string>;
  readonly trueNames: ReadonlyMap<string, string>;
  /** The properties that are left out, by what stands for them. */
  readonly leftOut: ReadonlyMap<string, string>;
}

const scalars: Readonly<Record<string, InputType>> = {
  String: { kind: "string" },
  Long: { kind: "long" },
  Bool: { kind: "bool" },
  Boolean: { kind: "bool" },
  decimal: { kind: "decimal" },
  datetime: { kind: "datetime" },
  duration: { kind: "duration" },
  ipaddr: { kind: "ipaddr" },
};

/**
 * Resolves a type of the generator's schema.
 * @throws {Unrepresentable} for a name that is two types. Of a definition `d` that is an array of an enumeration, the
 *   generator names the enumeration `d` as well, and it names an object `a_b` with `additionalProperties` as it does the
 *   object `b` in `a`.
 */
export function resolveType(type: Type<string>, resolution: Resolution): InputType {
  if (type.type === "Set" && "element" in type) return { kind: "set", element: resolveType(type.element, resolution) };
  if (type.type === "Record" && "attributes" in type) return resolveRecord(type.attributes, resolution);
  return resolveName("name" in type ? type.name : type.type, resolution);
}

function resolveName(name: string, resolution: Resolution): InputType {
  const { definitions, reached } = resolution;
  if (Object.hasOwn(scalars, name)) return scalars[name] ?? { kind: "unknown" };
  const own = unqualified(name);
  reached.add(own);
  const common = definitions.commonTypes?.[own];
  const entity = definitions.entityTypes[own];
  if (common && entity) throw new Unrepresentable(`two types that are generated for it are named ${own}`);
  if (common) return resolveType(common, resolution);
  if (own === "Null") return { kind: "null" };
  return entity ? resolveEntity(`${namespace}::${own}`, entity, resolution) : { kind: "unknown" };
}

function resolveEntity(entityType: string, entity: EntityType<string>, resolution: Resolution): InputType {
  if ("enum" in entity) return { kind: "enum", entityType, members: new Set(entity.enum) };
  if (!("tags" in entity) || !entity.tags) return { kind: "unknown" };
  const shape = entity.shape && "attributes" in entity.shape ? entity.shape.attributes : {};
  return {
    kind: "tagged",
    entityType,
    ...resolveAttributes(shape, resolution),
    tags: resolveType(entity.tags, resolution),
  };
}

type Attributes = Readonly<Record<string, Type<string> & { required?: boolean }>>;

/** The generator writes a union as a record of `typeChoice0...` and a tuple as one of `proj0...`; no property has such a name. */
function resolveRecord(attributes: Attributes, resolution: Resolution): InputType {
  const names = Object.keys(attributes);
  const inOrder = (prefix: string) =>
    names.map((_, i) => attributes[`${prefix}${i}`]).map((one) => (one ? resolveType(one, resolution) : unresolved));
  if (names.includes("typeChoice0")) return { kind: "union", choices: inOrder("typeChoice") };
  if (names.includes("proj0")) return { kind: "tuple", items: inOrder("proj") };
  return { kind: "record", ...resolveAttributes(attributes, resolution) };
}

const unresolved: InputType = { kind: "unknown" };

function resolveAttributes(attributes: Attributes, resolution: Resolution): Pick<RecordType, "attributes" | "leftOut"> {
  const { trueNames, leftOut } = resolution;
  const entries = Object.entries(attributes);
  return {
    attributes: new Map(
      entries
        .filter(([name]) => !leftOut.has(name))
        .map(([name, type]) => [
          trueNames.get(name) ?? name,
          { type: resolveType(type, resolution), required: type.required !== false },
        ]),
    ),
    leftOut: new Set(entries.flatMap(([name]) => leftOut.get(name) ?? [])),
  };
}
