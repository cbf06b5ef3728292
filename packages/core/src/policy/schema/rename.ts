import type { EntityType, Type } from "@cedar-policy/cedar-wasm/nodejs";
import type { ToolAction } from "./policySchema.ts";

/**
 * Gives the attributes of generated types their true names back. An alias stands for one name throughout a tool, and no
 * property of the tool is named like it, so that the name alone decides.
 */
export function renameAttributes(
  types: ToolAction["types"],
  trueNames: ReadonlyMap<string, string>,
): ToolAction["types"] {
  if (trueNames.size === 0) return types;
  return {
    commonTypes: mapValues(types.commonTypes ?? {}, (type) => renameIn(type, trueNames)),
    entityTypes: mapValues(types.entityTypes, (type) => renameInEntity(type, trueNames)),
  };
}

function renameInEntity(entity: EntityType<string>, trueNames: ReadonlyMap<string, string>): EntityType<string> {
  if ("enum" in entity) return entity;
  return {
    ...entity,
    ...(entity.shape ? { shape: renameIn(entity.shape, trueNames) } : {}),
    ...(entity.tags ? { tags: renameIn(entity.tags, trueNames) } : {}),
  };
}

function renameIn<T extends Type<string>>(type: T, trueNames: ReadonlyMap<string, string>): T {
  if ("element" in type) return { ...type, element: renameIn(type.element, trueNames) };
  if (!("attributes" in type)) return type;
  const attributes = Object.entries(type.attributes).map(([name, one]) => [
    trueNames.get(name) ?? name,
    renameIn(one, trueNames),
  ]);
  return { ...type, attributes: Object.fromEntries(attributes) };
}

function mapValues<T>(values: Readonly<Record<string, T>>, change: (value: T) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)]));
}
