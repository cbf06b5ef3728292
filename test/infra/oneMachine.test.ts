import { DescribeTableCommand, DescribeTimeToLiveCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type RuleDefinition, topology } from "@gatehouse/functions/topology.ts";
import { type Host, startHost } from "@gatehouse/local/host.ts";
import type { APIGatewayProxyEvent, SQSEvent } from "aws-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ensurePlatform } from "../../scripts/sst-platform.ts";
import { type Route, routesOf } from "./checks/api.ts";
import { tableOf } from "./checks/data.ts";
import { all, functionOf, named, nameOf, physical } from "./checks/find.ts";
import { type Graph, type Inputs, region } from "./synth/graph.ts";
import { synthesize } from "./synth.ts";

const platform = await ensurePlatform();
if (!platform.available) console.warn(`The two hosts are not compared: ${platform.reason}.`);

/** A call of a function by the one-machine host. */
interface Call {
  readonly name: string;
  readonly event: Partial<APIGatewayProxyEvent> & Partial<SQSEvent> & { readonly source?: string };
}

describe.skipIf(!platform.available)("what is deployed is what runs on one machine", () => {
  const calls: Call[] = [];
  const answer = { statusCode: 200, body: "{}", batchItemFailures: [] };
  let host: Host;
  let graph: Graph;
  let database: DynamoDBClient;
  beforeAll(async () => {
    ({ graph } = await synthesize({ stage: "production" }));
    host = await startHost({
      port: 0,
      data: ":memory:",
      loadFunction: async (name) => (event: Call["event"]) => {
        calls.push({ name, event });
        return answer;
      },
    });
    database = new DynamoDBClient({});
  });
  afterAll(async () => {
    database?.destroy();
    await host?.stop();
  });

  const called = (since: number) => calls.slice(since).filter(({ event }) => event.source !== "aws.scheduler");

  test("each route leads to the same function", async () => {
    for (const route of routesOf(graph)) {
      const since = calls.length;
      const path = route.path.replaceAll(/\{\w+\+\}/g, "some/path").replaceAll(/\{\w+\}/g, "some-id");
      await fetch(`${host.url}${path}`, { method: methodOf(route) });
      expect(called(since).map(({ name, event }) => [name, event.resource])).toEqual([[route.function, route.path]]);
    }
  });

  test("a path that only the last route matches is the same function's", async () => {
    const rest = routesOf(graph).find(({ path }) => path === "/{path+}");
    for (const path of ["/gateways/", "/gateways/some-id", "/gateways/some-id/targets/", "/policy-engines"]) {
      const since = calls.length;
      await fetch(`${host.url}${path}`);
      expect(called(since).map(({ name }) => name)).toEqual([rest?.function]);
    }
  });

  test("each kind of event reaches the same functions through the same queues", async () => {
    for (const kind of eventKinds()) {
      const since = calls.length;
      const Detail = JSON.stringify({ of: kind, ...kind.detail });
      await host.putEvents([{ EventBusName: "gatehouse", Source: kind.source, DetailType: kind.detailType, Detail }]);
      await host.idle();
      const delivered = called(since).map(({ name, event }) => ({
        function: name,
        queue: nameOf(event.Records?.[0]?.eventSourceARN),
      }));
      // Which queue is drained first is nobody's promise.
      expect(sorted(delivered), `${kind.source} ${kind.detailType}`).toEqual(sorted(deployedWays(graph, kind)));
    }
  });

  test("each schedule calls the same function", () => {
    const deployed = all(graph, "scheduler/schedule").map(({ inputs }) => functionOf(graph, inputs.target.arn));
    const local = calls.filter(({ event }) => event.source === "aws.scheduler").map(({ name }) => name);
    expect([...new Set(local)].sort()).toEqual(deployed.sort());
  });

  test.each(Object.keys(topology.tables))("the table %s has the same keys, indexes and expiry", async (name) => {
    const TableName = `gatehouse-${name}`;
    const { Table } = await database.send(new DescribeTableCommand({ TableName }));
    const { TimeToLiveDescription: ttl } = await database.send(new DescribeTimeToLiveCommand({ TableName }));
    const deployed = tableOf(graph, name)?.inputs ?? {};
    expect(Table?.KeySchema?.map((key) => key.AttributeName)).toEqual([deployed.hashKey, deployed.rangeKey]);
    expect(
      Table?.GlobalSecondaryIndexes?.map(({ IndexName, KeySchema }) => [
        IndexName,
        ...(KeySchema ?? []).map(attribute),
      ]),
    ).toEqual(
      deployed.globalSecondaryIndexes.length === 0
        ? undefined
        : deployed.globalSecondaryIndexes.map((index: Inputs) => [index.name, index.hashKey, index.rangeKey]),
    );
    expect(ttl?.AttributeName).toBe(deployed.ttl.attributeName);
  });

  test("functions are told the same, by the same names", () => {
    const { environment } = named(graph, "lambda/function", physical(graph, "gateway")) ?? {};
    const variables = (of: object) => Object.keys(of).filter((name) => name.startsWith("GATEHOUSE_"));
    expect(variables(environment.variables).sort()).toEqual(variables(host.environment).sort());
    expect(region).not.toBe(host.region);
  });
});

const attribute = ({ AttributeName }: { AttributeName?: string | undefined }) => AttributeName;

function methodOf({ method }: Route): string {
  return method === "ANY" ? "POST" : method;
}

const sorted = (ways: readonly { readonly queue: string }[]) => ways.toSorted((a, b) => a.queue.localeCompare(b.queue));

interface EventKind {
  readonly source: string;
  readonly detailType: string;
  readonly detail?: Readonly<Record<string, string>>;
}

/** Every pair of a source and a type that a rule names, and one that none does. */
function eventKinds(): EventKind[] {
  const patterns = Object.values<RuleDefinition>(topology.rules).map(({ pattern }) => pattern);
  const named = patterns.flatMap((pattern) =>
    pattern.source.flatMap((source) => pattern["detail-type"].flatMap((detailType) => of(source, detailType, pattern))),
  );
  return [...named, { source: "somebody.else", detailType: "ToolDecision" }];
}

/** With a detail that the pattern wants, where it wants one, and without. */
function of(source: string, detailType: string, { detail = {} }: RuleDefinition["pattern"]): EventKind[] {
  const wanted = Object.fromEntries(Object.entries(detail).map(([member, [value = ""]]) => [member, value]));
  return [{ source, detailType }, ...(Object.keys(wanted).length > 0 ? [{ source, detailType, detail: wanted }] : [])];
}

/** Where EventBridge would bring an event: by the deployed rules, targets and consumers. */
function deployedWays(graph: Graph, { source, detailType, detail = {} }: EventKind) {
  const matching = all(graph, "cloudwatch/eventRule").filter(({ inputs }) => {
    const pattern = JSON.parse(inputs.eventPattern);
    const details = Object.entries<string[]>(pattern.detail ?? {});
    const fits = details.every(([member, values]) => values.includes(detail[member] ?? ""));
    return fits && pattern.source.includes(source) && pattern["detail-type"].includes(detailType);
  });
  return matching.map(({ inputs: rule }) => {
    const target = all(graph, "cloudwatch/eventTarget").find(({ inputs }) => inputs.rule === rule.name);
    const consumer = all(graph, "lambda/eventSourceMapping").find(
      ({ inputs }) => inputs.eventSourceArn === target?.inputs.arn,
    );
    const queue = functionOf(graph, target?.inputs.arn);
    return { function: functionOf(graph, consumer?.inputs.functionName), queue };
  });
}
