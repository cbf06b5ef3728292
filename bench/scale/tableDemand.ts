import type { TableName } from "@gatehouse/core/storage/tables.ts";
import type { Topology } from "@gatehouse/functions/topology.ts";
import type { Batching } from "./batching.ts";
import type { Flow } from "./flow.ts";
import type { DecisionFootprint, Footprint } from "./footprint.ts";
import type { LoadModel } from "./model.ts";

/** What a table is asked for, in units a second. */
export interface TableDemand {
  readonly writeUnits: number;
  readonly indexUnits: number;
  readonly readUnits: number;
  /** Of the partition key that is asked for most. */
  readonly hottestKey: { readonly writeUnits: number; readonly readUnits: number };
}

/** What the demand for tables follows from. */
export interface TableLoad {
  readonly topology: Topology;
  readonly flow: Flow;
  readonly footprint: Footprint;
  readonly model: LoadModel;
  readonly callsPerSecond: number;
  /** Looks for changes of the configuration, by all environments. */
  readonly looksPerSecond: number;
  /** Batches of events on their way into the ledger. */
  readonly batches: readonly Pick<Batching, "batchesPerSecond" | "batchSize">[];
}

/** What a load asks of the tables that the functions on its way read and write. */
export function tableDemands(load: TableLoad): Partial<Record<TableName, TableDemand>> {
  const { flow } = load;
  const recordings = flow.deliveries.filter(({ consumer }) => consumer.definition.writes.includes("ledger")).length;
  return {
    ...(flow.entry.definition.reads.includes("config") ? { config: configDemand(load) } : {}),
    ...(recordings > 0 ? { ledger: ledgerDemand(load, recordings), aggregates: aggregatesDemand(load) } : {}),
  };
}

function configDemand({ footprint, model, looksPerSecond }: TableLoad): TableDemand {
  const { versionReads, itemsPerVersion } = footprint;
  const perLook = versionReads.reduce((sum, { units }) => sum + units, 0);
  const byKey = versionReads.map(({ units, of }) => (units * looksPerSecond) / (itemsOf(of, model) * itemsPerVersion));
  return {
    writeUnits: 0,
    indexUnits: 0,
    readUnits: looksPerSecond * perLook,
    hottestKey: { writeUnits: 0, readUnits: Math.max(0, ...byKey) },
  };
}

/** @param recordings how many of the ways that an event takes end in the ledger. */
function ledgerDemand({ topology, footprint, model, callsPerSecond }: TableLoad, recordings: number): TableDemand {
  const { decisions, keysPerGateway } = footprint;
  const unitsPerSecond = (unitsOf: (decision: DecisionFootprint) => number) =>
    recordings *
    callsPerSecond *
    (unitsOf(decisions["tools/call"]) + model.listsPerCall * unitsOf(decisions["tools/list"]));
  const writeUnits = unitsPerSecond((decision) => decision.writeUnits);
  const indexes = Object.keys(topology.tables.ledger.indexes);
  return {
    writeUnits,
    indexUnits: unitsPerSecond(({ indexUnits }) => indexes.reduce((sum, index) => sum + (indexUnits[index] ?? 0), 0)),
    readUnits: 0,
    hottestKey: {
      writeUnits: unitsPerSecond((decision) => decision.rowUnits) / (model.gateways * keysPerGateway),
      readUnits: 0,
    },
  };
}

/** A batch adds up what it counts: it writes a block for each gateway that its events tell of. */
function aggregatesDemand({ footprint, model, batches }: TableLoad): TableDemand {
  const { block, event } = footprint.counting;
  const writes = batches.map(
    ({ batchesPerSecond, batchSize }) =>
      batchesPerSecond * (Math.min(batchSize, model.gateways) * block + batchSize * event),
  );
  return {
    writeUnits: writes.reduce((sum, each) => sum + each, 0),
    indexUnits: 0,
    readUnits: 0,
    // Each block has a key of its own, between which DynamoDB splits what is hot.
    hottestKey: { writeUnits: 0, readUnits: 0 },
  };
}

/** How many items of a kind share the looks of all gateways. */
function itemsOf(kind: "gateway" | "engine", { gateways, gatewaysPerEngine }: LoadModel): number {
  return kind === "gateway" ? gateways : gateways / gatewaysPerEngine;
}
