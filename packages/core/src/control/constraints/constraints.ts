import { model } from "../model.ts";
import type { Constraint } from "./constraint.ts";
import { deviations, namesInModel } from "./deviations.ts";
import { ownConstraints } from "./own.ts";
import { ofShape } from "./shapes.ts";

/**
 * What is allowed of a member of a structure, from AgentCore's model, Gatehouse's deviations from it, and the structures
 * of its own operations; undefined where nothing is said, as of members that are newer than the model. No structure is in
 * both planes of AgentCore, as a test makes sure of.
 */
export function constraintOf(structure: string, member: string): Constraint | undefined {
  const name = namesInModel[structure] ?? structure;
  const own = memberOf(ownConstraints, structure, member) ?? memberOf(deviations, structure, member);
  if (own !== undefined) return own;
  const shape = memberOf(model.control.structures, name, member);
  if (shape !== undefined) return ofShape(shape);
  const ofData = memberOf(model.data.structures, name, member);
  return ofData === undefined ? undefined : ofShape(ofData, "data");
}

/** Structures and members are named by the SDK's schemas, and one day one is called `constructor`. */
function memberOf<T>(table: Readonly<Record<string, Readonly<Record<string, T>>>>, structure: string, member: string) {
  const members = Object.hasOwn(table, structure) ? table[structure] : undefined;
  return members !== undefined && Object.hasOwn(members, member) ? members[member] : undefined;
}
