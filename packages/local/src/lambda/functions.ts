import { GatehouseError, messageOf } from "@gatehouse/core/errors.ts";
import type { Topology } from "@gatehouse/functions/topology.ts";
import { type Caller, callLambda } from "./call.ts";
import { handlerOf, type LambdaFunction, type LambdaHandler, type Place } from "./handler.ts";

/** Gives the handler of one of the topology's functions. */
export type LoadFunction = (name: string) => Promise<LambdaHandler>;

/** Calls one of the topology's functions for somebody. */
export type InvokeFunction = (
  name: string,
  event: unknown,
  caller?: Pick<Caller, "gone" | "afterwards">,
) => Promise<unknown>;

/**
 * Loads every function of the topology, so that what can't be loaded shows at the start and no first caller waits.
 * @throws GatehouseError `internal` naming the function that can't be loaded, `validation` when something in the
 * topology names a function that isn't there.
 */
export async function loadFunctions(topology: Topology, load: LoadFunction, place: Place): Promise<InvokeFunction> {
  requireFunctions(topology);
  const loaded = await Promise.all(
    Object.entries(topology.functions).map(async ([name, { memoryMegabytes, timeoutSeconds }]) => {
      const handler = await load(name).catch((error: unknown) => {
        throw new GatehouseError("internal", `The function "${name}" can't be loaded: ${messageOf(error)}`, {
          cause: error,
        });
      });
      return [name, { name, handler, memoryMegabytes, timeoutSeconds }] as const;
    }),
  );
  const functions = new Map<string, LambdaFunction>(loaded);
  return (name, event, caller = {}) => {
    const fn = functions.get(name);
    if (fn === undefined) throw new Error(`There is no function "${name}".`);
    return callLambda(fn, event, place, caller);
  };
}

/** Loads functions where they live: each in its module of the functions package. */
export function loadFromPackage(topology: Topology): LoadFunction {
  return async (name) => {
    const file = `@gatehouse/functions/${topology.functions[name]?.module}`;
    return handlerOf(await import(file), file);
  };
}

function requireFunctions({ functions, routes, queues, schedules }: Topology): void {
  const named = [...routes, ...Object.values(queues), ...Object.values(schedules)];
  const unknown = named.find((item) => !Object.hasOwn(functions, item.function));
  if (unknown === undefined) return;
  throw new GatehouseError(
    "validation",
    `The topology names the function "${unknown.function}", but doesn't define it.`,
  );
}
