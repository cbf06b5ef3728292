/// <reference path="../.sst/platform/config.d.ts" />
import type { TableName } from "@gatehouse/core/storage/tables.ts";
import { type FunctionDefinition, type TableOperation, topology } from "../packages/functions/src/topology.ts";
import { keyUse } from "./secrets.ts";

/** One statement of a role's policy. */
export interface Statement {
  readonly actions: string[];
  readonly resources: $util.Input<string>[];
  readonly conditions?: { test: string; variable: string; values: $util.Input<string>[] }[];
}

/** The ARNs of everything that a function may be allowed to use. */
export interface Arns {
  readonly tables: Readonly<Record<TableName, $util.Output<string>>>;
  readonly bus: $util.Output<string>;
  readonly key: $util.Output<string>;
  /** The queues that this function drains. */
  readonly queues: readonly $util.Output<string>[];
  readonly invocableFunctions: readonly $util.Input<string>[];
  /** The roles that gateways may have, with which requests to their targets are signed. */
  readonly gatewayRoles: readonly $util.Input<string>[];
  /** The objects that descriptions of targets may be read from. */
  readonly schemaObjects: readonly string[];
  /** What of the REST APIs that may be targets is exported for their tools. */
  readonly restApiExports: readonly $util.Input<string>[];
  /** What is invoked for the deployment's models; nothing where it has none. */
  readonly models: readonly $util.Input<string>[];
  readonly embeddingModels: readonly $util.Input<string>[];
  readonly judges: readonly $util.Input<string>[];
  readonly tableKey?: { readonly arn: string; readonly service: $util.Output<string> };
}

const reading: readonly TableOperation[] = ["GetItem", "Query"];
const writing: readonly TableOperation[] = [
  "PutItem",
  "UpdateItem",
  "DeleteItem",
  "BatchWriteItem",
  "ConditionCheckItem",
];

/** What a function of the topology may do on AWS: these actions on these resources. */
export function permissionsOf(definition: FunctionDefinition, arns: Arns): Statement[] {
  return [
    ...Object.keys(arns.tables).flatMap((table) => tablePermissions(definition, table as TableName, arns)),
    ...(definition.publishes ? [{ actions: ["events:PutEvents"], resources: [arns.bus] }] : []),
    ...(definition.usesKey ? [keyPermission(arns)] : []),
    ...(definition.invokesTargets && arns.invocableFunctions.length > 0
      ? [{ actions: ["lambda:InvokeFunction"], resources: [...arns.invocableFunctions] }]
      : []),
    ...(definition.takesGatewayRoles && arns.gatewayRoles.length > 0
      ? [{ actions: ["sts:AssumeRole"], resources: [...arns.gatewayRoles] }]
      : []),
    ...(definition.readsDescriptions ? descriptionPermissions(arns) : []),
    ...modelPermissions([
      ...(definition.asksModel ? arns.models : []),
      ...(definition.asksEmbeddingModel ? arns.embeddingModels : []),
      ...(definition.asksJudge ? arns.judges : []),
    ]),
    ...(arns.queues.length > 0
      ? [
          {
            actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
            resources: [...arns.queues],
          },
        ]
      : []),
  ];
}

function descriptionPermissions({ schemaObjects, restApiExports }: Arns): Statement[] {
  return [
    ...(schemaObjects.length > 0 ? [{ actions: ["s3:GetObject"], resources: [...schemaObjects] }] : []),
    ...(restApiExports.length > 0 ? [{ actions: ["apigateway:GET"], resources: [...restApiExports] }] : []),
  ];
}

function modelPermissions(models: readonly $util.Input<string>[]): Statement[] {
  return models.length > 0 ? [{ actions: ["bedrock:InvokeModel"], resources: [...models] }] : [];
}

function tablePermissions(
  { reads, writes, only, readsIndexes = [] }: FunctionDefinition,
  name: TableName,
  { tables, tableKey }: Arns,
): Statement[] {
  const may = [...(reads.includes(name) ? reading : []), ...(writes.includes(name) ? writing : [])];
  if (may.length === 0) return [];
  const operations = only?.[name] ?? may;
  // Whoever is told the operations one by one reads no lists of a kind, unless that is said as well.
  const indexed = readsIndexes.includes(name) || (only?.[name] === undefined && reads.includes(name));
  const indexes = indexed ? Object.keys(topology.tables[name].indexes) : [];
  return [
    ...(operations.length > 0
      ? [{ actions: operations.map((operation) => `dynamodb:${operation}`), resources: [tables[name]] }]
      : []),
    ...(indexes.length > 0
      ? [
          {
            actions: ["dynamodb:Query"],
            resources: indexes.map((index) => $interpolate`${tables[name]}/index/${index}`),
          },
        ]
      : []),
    ...(tableKey === undefined ? [] : [tableKeyPermission(tableKey)]),
  ];
}

function keyPermission({ key }: Arns): Statement {
  const { name, value } = keyUse.context;
  return {
    actions: [...keyUse.actions],
    resources: [key],
    conditions: [{ test: "StringEquals", variable: name, values: [value] }],
  };
}

/** What DynamoDB asks of a key in its caller's name (DynamoDB Developer Guide, "DynamoDB encryption at rest"). */
function tableKeyPermission({ arn, service }: NonNullable<Arns["tableKey"]>): Statement {
  return {
    actions: [
      "kms:Decrypt",
      "kms:DescribeKey",
      "kms:Encrypt",
      "kms:GenerateDataKey",
      "kms:ReEncryptFrom",
      "kms:ReEncryptTo",
    ],
    resources: [arn],
    conditions: [{ test: "StringEquals", variable: "kms:ViaService", values: [service] }],
  };
}
