import { invalid } from "../../control/input.ts";
import type { Cell as CountedCell } from "../../storage/aggregateRepository.ts";
import { type CubeName, cubes } from "../cubes.ts";
import { isEngine } from "./decisions.ts";

/** What cells can be told apart by, as the API names it. */
export const dimensionNames = [
  "gateway",
  "agent",
  "principal",
  "engine",
  "mode",
  "method",
  "target",
  "tool",
  "decision",
  "outcome",
  "policy",
  "flippingPolicy",
  "error",
  "statusCode",
  "provider",
  "model",
  "config",
  "evaluator",
  "label",
  "agentVersion",
] as const;
export type DimensionName = (typeof dimensionNames)[number];

/** Values that cells must have: of each dimension that is named, one of these. */
export type CellFilter = Readonly<Partial<Record<DimensionName, readonly string[] | undefined>>>;

/** What the API calls otherwise than the cubes do, because a cell has several of it. */
const severalValued: Readonly<Partial<Record<DimensionName, string>>> = {
  policy: "policies",
  flippingPolicy: "flippingPolicies",
};

/** Where a cube has a dimension: as its scope, kept by the minute, by the hour, or not at all. */
export type Kept = "scope" | "minute" | "hour" | "never";

/** How a cube keeps a dimension. */
export function keptIn(cube: CubeName, name: DimensionName): Kept {
  const { scope, dimensions, wideDimensions } = cubes[cube];
  if (name === scope) return "scope";
  const inCube = severalValued[name] ?? name;
  if (dimensions.some((one) => one === inCube)) return "minute";
  return wideDimensions.some((one) => one === inCube) ? "hour" : "never";
}

/** @throws GatehouseError `validation` that says which cubes have a dimension, where this one doesn't. */
export function requireDimension(cube: CubeName, name: DimensionName, parameter: string): void {
  if (keptIn(cube, name) !== "never") return;
  const others = (Object.keys(cubes) as CubeName[]).filter((other) => keptIn(other, name) !== "never");
  const message = `can't be ${name}: the cube ${cube} isn't kept by it; ${others.join(", ")} ${others.length > 1 ? "are" : "is"}`;
  throw invalid([{ name: parameter, message }]);
}

/** A cell with the gateway, agent or configuration that it is of. */
export interface ScopedCell extends CountedCell {
  readonly scope: string;
}

/** The values that a cell has of a dimension: none, one, or, of policies, several. */
export function valuesOf(cell: ScopedCell, cube: CubeName, name: DimensionName): readonly string[] {
  if (name === cubes[cube].scope) return [cell.scope];
  const value = cell.dimensions[severalValued[name] ?? name];
  if (value === undefined) return [];
  return name in severalValued ? (JSON.parse(value) as string[]) : [value]; // As `cubes` has written it.
}

/** Whether a cell is one of those that are asked for. */
export function isAskedFor(cell: ScopedCell, cube: CubeName, filter: CellFilter): boolean {
  return dimensionNames.every((name) => {
    const asked = filter[name];
    if (asked === undefined) return true;
    const values = valuesOf(cell, cube, name);
    if (name === "engine") return values.some((arn) => asked.some((engine) => isEngine(arn, engine)));
    return values.some((value) => asked.includes(value));
  });
}
