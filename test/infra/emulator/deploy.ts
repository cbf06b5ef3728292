import type { Graph, Resource } from "../synth/graph.ts";
import type { Means } from "./create/creator.ts";
import { creators, isComponent, notCreated } from "./create.ts";
import { Names } from "./names.ts";

/**
 * Creates every resource of a graph, by its inputs and nothing else.
 * @returns the names that things have got.
 * @throws Error for a type that nobody has said anything about.
 */
export async function deploy({ resources }: Graph, means: Means): Promise<Names> {
  const unknown = resources.filter(({ type }) => !(type in creators || type in notCreated || isComponent(type)));
  if (unknown.length > 0) {
    const types = [...new Set(unknown.map(({ type }) => type))].join(", ");
    throw new Error(
      `Nobody has said how to create ${types} on the emulator, or why not (test/infra/emulator/create.ts).`,
    );
  }
  const names = new Names();
  for (const [type, create] of Object.entries(creators)) {
    let left = resources.filter((resource) => resource.type === type);
    while (left.length > 0) {
      const ready = left.filter((resource) => !left.some((other) => refers(resource, other)));
      if (ready.length === 0) throw new Error(`These refer to each other: ${left.map(({ name }) => name).join(", ")}.`);
      await Promise.all(
        ready.map(async ({ name, inputs, outputs }) => {
          const made = await create(names.in(inputs), means, name).catch((cause: unknown) => {
            throw new Error(`${type} ${name} was not created: ${cause}`, { cause });
          });
          names.learn(outputs, made);
        }),
      );
      left = left.filter((resource) => !ready.includes(resource));
    }
  }
  return names;
}

/** Whether a resource has another's id or ARN among its inputs. */
function refers({ inputs }: Resource, { outputs }: Resource): boolean {
  const text = JSON.stringify(inputs);
  return [outputs.id, outputs.arn].some((name) => text.includes(`${name}\\"`) || text.includes(`"${name}"`));
}
