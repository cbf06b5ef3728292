import type { FunctionDefinition, QueueDefinition, Topology } from "@gatehouse/functions/topology.ts";
import { compilePattern } from "@gatehouse/local/bus/pattern.ts";
import { createRouter } from "@gatehouse/local/http/routes.ts";

/** A function of the topology, by name. */
export interface NamedFunction {
  readonly name: string;
  readonly definition: FunctionDefinition;
}

/** A way that an event takes: by a rule into a queue, whose function drains it. */
export interface Delivery {
  readonly rule: string;
  readonly queue: string;
  readonly queueDefinition: QueueDefinition;
  readonly consumer: NamedFunction;
}

/** What a request sets going: the function that answers it, and where the event goes that it publishes. */
export interface Flow {
  readonly entry: NamedFunction;
  readonly deliveries: readonly Delivery[];
}

/** A request and the event that it causes, as the router and the rules see them. */
export interface FlowStart {
  readonly method: string;
  readonly path: string;
  readonly event: { readonly source: string; readonly "detail-type": string };
}

/**
 * Follows a request through a topology, by the router and the event patterns that the one-machine host runs with.
 * @throws Error when no route leads to a function.
 */
export function flowOf(topology: Topology, { method, path, event }: FlowStart): Flow {
  const routing = createRouter(topology.routes)(method, path);
  if (typeof routing === "string") throw new Error(`${method} ${path} leads nowhere: ${routing}.`);
  const entry = functionNamed(topology, routing.route.function);
  if (!entry.definition.publishes) return { entry, deliveries: [] };
  const matching = Object.entries(topology.rules).filter(([name, { pattern }]) =>
    compilePattern(pattern, name)({ ...event }),
  );
  const deliveries = matching.map(([rule, { queue }]): Delivery => {
    const queueDefinition = topology.queues[queue];
    if (queueDefinition === undefined) throw new Error(`The rule ${rule} names no queue of the topology.`);
    return { rule, queue, queueDefinition, consumer: functionNamed(topology, queueDefinition.function) };
  });
  return { entry, deliveries };
}

function functionNamed(topology: Topology, name: string): NamedFunction {
  const definition = topology.functions[name];
  if (definition === undefined) throw new Error(`The topology has no function ${name}.`);
  return { name, definition };
}
