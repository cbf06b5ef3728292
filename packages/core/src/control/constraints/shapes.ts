import * as sdk from "@aws-sdk/client-bedrock-agentcore-control";
import { model, type Plane } from "../model.ts";
import type { Constraint } from "./constraint.ts";

const exported = new Map(Object.entries<unknown>(sdk));
const made = { control: new Map<string, Constraint>(), data: new Map<string, Constraint>() } as const;

/** The constraint of a shape of AgentCore's model, as in `ofShape("GatewayIdentifier")`. */
export function ofShape(name: string, plane: Plane = "control"): Constraint {
  const known = made[plane].get(name);
  if (known !== undefined) return known;
  const shape = model[plane].shapes[name];
  if (shape === undefined) throw new Error(`AgentCore's model has no constraint for ${name}.`);
  const { each, keys, values, enum: members, ...rest } = shape;
  const constraint = {
    ...rest,
    ...(members ? { enum: withNewer(name, members) } : {}),
    ...(each ? { each: ofShape(each, plane) } : {}),
    ...(keys ? { keys: ofShape(keys, plane) } : {}),
    ...(values ? { values: ofShape(values, plane) } : {}),
  };
  made[plane].set(name, constraint);
  return constraint;
}

/** The SDK may be newer than the model: what it has added to an enumeration is allowed as well. */
function withNewer(name: string, members: readonly string[]): readonly string[] {
  const newer = exported.get(name);
  const values = typeof newer === "object" && newer !== null ? Object.values(newer) : [];
  return [...new Set([...members, ...values.filter((value) => typeof value === "string")])];
}
