import type { Topology } from "@gatehouse/functions/topology.ts";
import { type Demand, demandOf } from "./demand.ts";
import { type Footprint, measureFootprint } from "./footprint.ts";
import { defaultModel, type LoadModel, type SpreadName, spreads } from "./model.ts";

/** What the tables are made from. */
export interface ScaleInput {
  readonly topology: Topology;
  readonly model: LoadModel;
  /** Of decisions that name a session, and of decisions that do not. Where one stands for both, it is the first. */
  readonly footprints: { readonly withSession: Footprint; readonly withoutSession: Footprint };
}

/** Runs the code once for everything that tables need to know of it. */
export async function measureInput(topology: Topology, model: LoadModel = defaultModel): Promise<ScaleInput> {
  const { tools } = model;
  const withSession = await measureFootprint({ tools, hasSession: true });
  const withoutSession = await measureFootprint({ tools, hasSession: false });
  return { topology, model, footprints: { withSession, withoutSession } };
}

/** The spreads of `model.ts` in their order. */
export const spreadNames = Object.keys(spreads) as SpreadName[]; // They are the keys of that object.

/** The spread of what is shown for one only. */
export const usual = spreads["100 gateways"];

/** What a load asks for under other circumstances, by its tool calls a second. */
export function demandAt(
  { topology, model, footprints }: ScaleInput,
  changes: Partial<LoadModel>,
  footprint: Footprint = footprints.withSession,
): (callsPerSecond: number) => Demand {
  return (callsPerSecond) => demandOf(topology, footprint, { ...model, ...changes }, callsPerSecond);
}
