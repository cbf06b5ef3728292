import { tables as definitions, type TableDefinition } from "@gatehouse/core/storage/tables.ts";
import type { Graph, Resource } from "../synth/graph.ts";
import { all, type Check, differing } from "./find.ts";

/** A table of the deployment, by its name in the topology. */
export function tableOf(graph: Graph, name: string): Resource | undefined {
  return all(graph, "dynamodb/table").find((table) => table.name.toLowerCase() === `${name}table`);
}

const each =
  (check: (table: Resource["inputs"], definition: TableDefinition, name: string) => string[]): Check =>
  (graph) =>
    Object.entries(definitions).flatMap(([name, definition]) =>
      check(tableOf(graph, name)?.inputs ?? {}, definition, name),
    );

/** Tables have the keys and indexes that the repositories use, and no capacity to run out of. */
export const tables: Check = each((table, { hashKey, rangeKey, indexes }, name) =>
  differing(
    `The table ${name}`,
    {
      hashKey: table.hashKey,
      rangeKey: table.rangeKey,
      billing: table.billingMode,
      indexes: Object.fromEntries(
        (table.globalSecondaryIndexes ?? []).map((index: Resource["inputs"]) => [
          index.name,
          { hashKey: index.hashKey, rangeKey: index.rangeKey, projection: index.projectionType },
        ]),
      ),
    },
    {
      hashKey,
      rangeKey,
      billing: "PAY_PER_REQUEST",
      indexes: Object.fromEntries(
        Object.entries(indexes).map(([index, keys]) => [index, { ...keys, projection: "ALL" }]),
      ),
    },
  ),
);

/** What is to expire expires. */
export const expiry: Check = each(({ ttl }, definition, name) =>
  differing(
    `What expires in ${name}`,
    ttl,
    definition.ttl === undefined ? undefined : { attributeName: definition.ttl, enabled: true },
  ),
);

/** A table can be taken back to any second of five weeks. */
export const recovery: Check = each(({ pointInTimeRecovery }, _, name) =>
  differing(`The recovery of ${name}`, pointInTimeRecovery, { enabled: true }),
);

/** Where a stage keeps data, nothing takes it away by mistake; where it doesn't, nothing stays behind. */
export const protection: Check = (graph, { keepsData }) => [
  ...differing("Whether the stage can be removed", graph.app.protect, keepsData),
  ...Object.keys(definitions).flatMap((name) => {
    const table = tableOf(graph, name);
    return [
      ...differing(`Whether ${name} can be deleted`, table?.inputs.deletionProtectionEnabled, keepsData),
      ...differing(`Whether ${name} stays`, table?.retainOnDelete, keepsData),
    ];
  }),
  ...all(graph, "cognito/userPool").flatMap(({ retainOnDelete }) =>
    differing("Whether the users stay", retainOnDelete, keepsData),
  ),
  ...(keepsData ? [] : graph.resources.filter(({ retainOnDelete }) => retainOnDelete)).map(
    ({ name }) => `${name} stays behind`,
  ),
];

/** A key of one's own for tables, where the stage names one. */
export const tableKey: Check = (graph, { tableKeyArn }) =>
  Object.keys(definitions).flatMap((name) =>
    differing(
      `The key of ${name}`,
      tableOf(graph, name)?.inputs.serverSideEncryption,
      tableKeyArn === undefined ? undefined : { enabled: true, kmsKeyArn: tableKeyArn },
    ),
  );
