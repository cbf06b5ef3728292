import { TargetError } from "../target.ts";
import { type Model, nameOf, referencesIn, type Shape } from "./model.ts";

/** The lifecycle of a resource and what else can be done with it (Smithy 2.0, "Resource"). */
const resourceOperations = [
  "create",
  "put",
  "read",
  "update",
  "delete",
  "list",
  "operations",
  "collectionOperations",
] as const;

/** Every operation of the model's service: its own and those of its resources, each once, in the model's order. */
export function operationsOf({ service, shape }: Model): Shape[] {
  const found = new Set(referencesIn(service.node, "operations"));
  const resources = referencesIn(service.node, "resources");
  const seen = new Set<string>();
  for (let id = resources.shift(); id !== undefined; id = resources.shift()) {
    if (seen.has(id)) continue;
    seen.add(id);
    const { node } = shape(id);
    for (const key of resourceOperations) for (const operation of referencesIn(node, key)) found.add(operation);
    resources.push(...referencesIn(node, "resources"));
  }
  return [...found].map((id) => {
    const operation = shape(id);
    if (operation.type !== "operation") throw new TargetError(`${nameOf(id)} is named as an operation, and is none.`);
    return operation;
  });
}

/** The structure that an operation takes or gives; `undefined` where there is none. */
export function structureOf({ shape }: Model, operation: Shape, side: "input" | "output"): Shape | undefined {
  const [id] = referencesIn(operation.node, side);
  if (id === undefined || id === "smithy.api#Unit") return undefined;
  const structure = shape(id);
  if (structure.type !== "structure") throw new TargetError(`The ${side} of ${nameOf(operation.id)} is no structure.`);
  return structure;
}
