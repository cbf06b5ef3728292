import type { Stage } from "../../../stacks/stages.ts";
import type { Graph, Inputs, Resource } from "../synth/graph.ts";

/**
 * Looks at a deployment and says what is wrong with it, in words; nothing where all is well. It reads the graph as AWS would
 * get it, and knows of the program that made it only the data that both are made from.
 */
export type Check = (graph: Graph, stage: Stage) => string[];

/** The resources of a type, as in `sqs/queue`. */
export function all({ resources }: Graph, type: string): readonly Resource[] {
  return resources.filter((resource) => resource.type.startsWith(`aws:${type}:`));
}

/** The inputs of the one resource of a type with this name in the account. */
export function named(graph: Graph, type: string, name: string): Inputs | undefined {
  return all(graph, type).find(({ inputs }) => inputs.name === name)?.inputs;
}

/** The name of a thing in the account. */
export function physical({ app }: Graph, name: string): string {
  return `${app.name}-${app.stage}-${name}`;
}

/** The name of a thing by its ARN. */
export function nameOf(arn: unknown): string {
  return String(arn).split(/[:/]/).at(-1) ?? "";
}

/** The name in the topology of the function that an ARN is of. */
export function functionOf(graph: Graph, arn: unknown): string {
  const prefix = physical(graph, "");
  const name = nameOf(arn);
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}

/** The statements of a policy, which is JSON text or what it says. */
export function statementsOf(policy: unknown): readonly Inputs[] {
  const { Statement } = (typeof policy === "string" ? JSON.parse(policy) : policy) as { Statement: Inputs[] };
  return Statement;
}

/** What differs from what is due, told by its name. */
export function differing(what: string, found: unknown, due: unknown): string[] {
  const [is, should] = [stable(found), stable(due)];
  return is === should ? [] : [`${what} is ${is}, not ${should}`];
}

/** JSON with sorted keys, so that equal things have equal texts. */
export function stable(value: unknown): string {
  return (
    JSON.stringify(value, (_, member: unknown) =>
      typeof member === "object" && member !== null && !Array.isArray(member)
        ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
        : member,
    ) ?? "absent"
  );
}
