import type { EntityType, Type } from "@cedar-policy/cedar-wasm/nodejs";
import type { NormalizedInput } from "./normalize.ts";
import type { ToolAction } from "./policySchema.ts";

/** How properties are called. */
type Names = Pick<NormalizedInput, "trueNames" | "leftOut">;

/**
 * Gives the attributes of generated types their true names back. An alias stands for one name throughout a tool, and no
 * property of the tool is named like it, so that the name alone decides. What stands for a property that is left out goes.
 */
export function renameAttributes(types: ToolAction["types"], names: Names): ToolAction["types"] {
  if (names.trueNames.size === 0 && names.leftOut.size === 0) return types;
  return {
    commonTypes: mapValues(types.commonTypes ?? {}, (type) => renameIn(type, names)),
    entityTypes: mapValues(types.entityTypes, (type) => renameInEntity(type, names)),
  };
}

function renameInEntity(entity: EntityType<string>, names: Names): EntityType<string> {
  if ("enum" in entity) return entity;
  return {
    ...entity,
    ...(entity.shape ? { shape: renameIn(entity.shape, names) } : {}),
    ...(entity.tags ? { tags: renameIn(entity.tags, names) } : {}),
  };
}

function renameIn<T extends Type<string>>(type: T, names: Names): T {
  if ("element" in type) return { ...type, element: renameIn(type.element, names) };
  if (!("attributes" in type)) return type;
  const attributes = Object.entries(type.attributes)
    .filter(([name]) => !names.leftOut.has(name))
    .map(([name, one]) => [names.trueNames.get(name) ?? name, renameIn(one, names)]);
  return { ...type, attributes: Object.fromEntries(attributes) };
}

function mapValues<T>(values: Readonly<Record<string, T>>, change: (value: T) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)]));
}
