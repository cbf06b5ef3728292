/// <reference path="../.sst/platform/config.d.ts" />
import { join } from "node:path";
import type { TableName } from "@gatehouse/core/storage/tables.ts";
import { environmentVariables } from "../packages/functions/src/environment.ts";
import { type FunctionDefinition, topology } from "../packages/functions/src/topology.ts";
import type { Queues } from "./events.ts";
import { lambda } from "./lambda.ts";
import { componentName, mapValues, serviceName } from "./names.ts";
import { type Arns, permissionsOf } from "./permissions.ts";
import type { Place } from "./place.ts";
import { gatewayRolesOf, type Stage } from "./stages.ts";
import type { Tables } from "./storage.ts";
import { targetRoleArn } from "./targetRights.ts";

export type FunctionName = keyof typeof topology.functions;
export type Functions = Readonly<Record<FunctionName, sst.aws.Function>>;

/** What functions use. */
export interface Uses {
  /** The folder of the functions' bundles. */
  readonly code: string;
  readonly tables: Tables;
  readonly bus: aws.cloudwatch.EventBus;
  readonly key: aws.kms.Key;
  readonly queues: Queues;
  readonly url: $util.Output<string>;
  readonly place: Place;
  /** The ARNs of the example's functions, where the stage has them. */
  readonly exampleFunctions: readonly $util.Output<string>[];
}

/** Every function of the topology, each with the rights that it needs. */
export function functions(stage: Stage, uses: Uses): Functions {
  const environment = environmentOf(stage, uses);
  return mapValues<FunctionName, FunctionDefinition, sst.aws.Function>(topology.functions, (definition, name) => {
    const { memoryMegabytes, timeoutSeconds } = definition;
    const options = {
      bundle: join(uses.code, name),
      memoryMegabytes,
      timeoutSeconds,
      environment: usesNothing(definition) ? commonEnvironment() : environment,
      permissions: permissionsOf(definition, arnsOf(stage, uses, name)),
    };
    return lambda(name, options, stage);
  });
}

/** Lets each queue's function drain it. */
export function drain(queues: Queues, functions: Functions): void {
  for (const [name, { function: consumer, batchSize, batchWindowSeconds, maximumConcurrency }] of Object.entries(
    topology.queues,
  )) {
    new aws.lambda.EventSourceMapping(`${componentName(name)}Consumer`, {
      eventSourceArn: queues[name as keyof Queues].queue.arn, // Both have the queues' names.
      functionName: functions[consumer].arn,
      batchSize,
      maximumBatchingWindowInSeconds: batchWindowSeconds,
      functionResponseTypes: ["ReportBatchItemFailures"],
      scalingConfig: { maximumConcurrency },
    });
  }
}

function usesNothing({ reads, writes, publishes, usesKey, invokesTargets }: FunctionDefinition): boolean {
  return reads.length + writes.length === 0 && !publishes && !usesKey && !invokesTargets;
}

function commonEnvironment(): Record<string, string> {
  return { POWERTOOLS_SERVICE_NAME: serviceName() };
}

function environmentOf({ adminIssuer, model, embeddingModel, judge }: Stage, { tables, bus, key, url, place }: Uses) {
  return $resolve({
    config: tables.config.name,
    ledger: tables.ledger.name,
    aggregates: tables.aggregates.name,
    vault: tables.vault.name,
    bus: bus.name,
    kmsKeyId: key.arn,
    url,
    region: place.region,
    accountId: place.accountId,
  }).apply(({ config, ledger, aggregates, vault, ...rest }) => {
    const tableNames = { config, ledger, aggregates, vault };
    // Lambda sets the region itself, and takes no other.
    const { AWS_REGION: _, ...variables } = environmentVariables({
      ...rest,
      tables: tableNames,
      allowLoopback: false,
      assumeGatewayRoles: true,
      ...(adminIssuer === undefined ? {} : { adminIssuer }),
      ...(model === undefined ? {} : { model: { modelId: model.id } }),
      ...(embeddingModel === undefined ? {} : { embeddingModel: { modelId: embeddingModel.id } }),
      ...(judge === undefined ? {} : { judge: { ...judge, modelIds: judge.ids } }),
    });
    return { ...commonEnvironment(), ...variables };
  });
}

function arnsOf(stage: Stage, uses: Uses, name: FunctionName): Arns {
  const { tables, bus, key, queues, place } = uses;
  const drained = Object.entries(topology.queues).filter(([, queue]) => queue.function === name);
  return {
    tables: mapValues<TableName, sst.aws.Dynamo, $util.Output<string>>(tables, ({ arn }) => arn),
    bus: bus.arn,
    key: key.arn,
    queues: drained.map(([queue]) => queues[queue as keyof Queues].queue.arn),
    invocableFunctions: [...stage.invocableFunctions, ...uses.exampleFunctions],
    gatewayRoles: [...targetRoleArn(stage, place), ...gatewayRolesOf(stage)],
    schemaObjects: stage.schemaObjects,
    restApiExports: stage.restApis.map(
      (id) => $interpolate`arn:${place.partition}:apigateway:${place.region}::/restapis/${id}/stages/*/exports/*`,
    ),
    models: stage.model?.arns ?? [],
    embeddingModels: stage.embeddingModel?.arns ?? [],
    judges: stage.judge?.arns ?? [],
    ...(stage.tableKeyArn === undefined
      ? {}
      : { tableKey: { arn: stage.tableKeyArn, service: $interpolate`dynamodb.${place.region}.amazonaws.com` } }),
  };
}
