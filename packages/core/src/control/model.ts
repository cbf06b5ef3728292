import table from "./agentcore-model.json" with { type: "json" };
import type { Constraint } from "./constraints/constraint.ts";

/** A constraint as the table has it: what holds for members, keys and values is the name of another shape. */
export interface ShapeConstraint extends Omit<Constraint, "each" | "keys" | "values"> {
  readonly each?: string;
  readonly keys?: string;
  readonly values?: string;
}

/** An operation's place on the wire. */
export interface Route {
  readonly method: string;
  readonly uri: string;
}

/** What `agentcore-model.json` holds; `scripts/agentcore-model.ts` derives it from AWS's service models. */
interface Model {
  readonly control: PlaneModel;
  readonly data: PlaneModel;
}

interface PlaneModel {
  readonly operations: Readonly<Record<string, Route>>;
  /** By structure and member: the name of the member's shape. Members without a constraint are left out. */
  readonly structures: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly shapes: Readonly<Record<string, ShapeConstraint>>;
}

/** The planes of AgentCore's API; each has shapes of its own, some of one name. */
export type Plane = keyof Model;

/** AgentCore's API as AWS's service models describe it. */
export const model: Model = table;
