/// <reference path="../.sst/platform/config.d.ts" />
import type { TableDefinition, TableName } from "@gatehouse/core/storage/tables.ts";
import { topology } from "../packages/functions/src/topology.ts";
import { componentName, mapValues } from "./names.ts";
import type { Stage } from "./stages.ts";

export type Tables = Readonly<Record<TableName, sst.aws.Dynamo>>;

/** The tables: on demand, with point-in-time recovery, and kept where the stage keeps data. */
export function storage(stage: Stage): Tables {
  return mapValues<TableName, TableDefinition, sst.aws.Dynamo>(
    topology.tables,
    ({ hashKey, rangeKey, indexes, ttl }, name) => {
      const keys = [{ hashKey, rangeKey }, ...Object.values(indexes)].flatMap((key) => [key.hashKey, key.rangeKey]);
      return new sst.aws.Dynamo(componentName(name), {
        fields: Object.fromEntries(keys.map((key) => [key, "string"])),
        primaryIndex: { hashKey, rangeKey },
        globalIndexes: { ...indexes },
        ttl,
        deletionProtection: stage.keepsData,
        transform: {
          table: {
            pointInTimeRecovery: { enabled: true },
            ...(stage.tableKeyArn === undefined
              ? {}
              : { serverSideEncryption: { enabled: true, kmsKeyArn: stage.tableKeyArn } }),
          },
        },
      });
    },
  );
}
