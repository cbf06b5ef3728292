import { topology } from "../../../packages/functions/src/topology.ts";
import type { Graph } from "../synth/graph.ts";
import { all, type Check, differing, functionOf } from "./find.ts";

/** A route, as API Gateway has it. */
export interface Route {
  readonly method: string;
  readonly path: string;
  readonly function: string;
  readonly authorization: string;
  readonly transfer: string;
  readonly timeoutMilliseconds: number;
  readonly uri: string;
}

/** The routes of the API. */
export function routesOf(graph: Graph): Route[] {
  const methods = all(graph, "apigateway/method");
  return all(graph, "apigateway/integration").map(({ inputs }) => {
    const method = methods.find(
      (one) => one.inputs.resourceId === inputs.resourceId && one.inputs.httpMethod === inputs.httpMethod,
    );
    const arn = /functions\/(arn:[^/]+)\//.exec(inputs.uri)?.[1];
    return {
      method: inputs.httpMethod,
      path: pathOf(graph, inputs.resourceId),
      function: functionOf(graph, arn),
      authorization: method?.inputs.authorization ?? "no method",
      transfer: inputs.responseTransferMode,
      timeoutMilliseconds: inputs.timeoutMilliseconds,
      uri: inputs.uri,
    };
  });
}

/** Ids are made of the resources' names, see the mocks. */
function pathOf(graph: Graph, id: string): string {
  const resource = all(graph, "apigateway/resource").find(({ name }) => `${name}-id` === id);
  return resource === undefined ? "" : `${pathOf(graph, resource.inputs.parentId)}/${resource.inputs.pathPart}`;
}

const sorted = (routes: readonly { readonly path: string }[]) => [...routes].sort((a, b) => (a.path < b.path ? -1 : 1));

/** The routes are the topology's, and no authorizer stands before a function. */
export const routes: Check = (graph) =>
  differing(
    "The routes",
    sorted(
      routesOf(graph).map(({ method, path, function: to, authorization }) => ({ method, path, to, authorization })),
    ),
    sorted(topology.routes.map(({ method, path, function: to }) => ({ method, path, to, authorization: "NONE" }))),
  );

/** What streams is waited for as long as API Gateway can, and is called in the way that streams. */
export const streaming: Check = (graph) =>
  routesOf(graph).flatMap(({ path, function: name, transfer, timeoutMilliseconds, uri }) => {
    const definition = Object.entries(topology.functions).find(([key]) => key === name)?.[1];
    const streams = definition !== undefined && "streams" in definition && definition.streams;
    const due = streams
      ? { transfer: "STREAM", timeoutMilliseconds: 900_000, call: "response-streaming-invocations" }
      : { transfer: "BUFFERED", timeoutMilliseconds: (definition?.timeoutSeconds ?? 0) * 1_000, call: "invocations" };
    const call = uri.split("/").at(-1);
    return [
      ...differing(`How ${path} answers`, { transfer, timeoutMilliseconds, call }, due),
      ...(streams || timeoutMilliseconds <= 29_000 ? [] : [`${path} asks API Gateway to wait longer than it does`]),
    ];
  });

/** One regional API that says who asked for what, traces, and takes no more than the stage allows. */
export const api: Check = (graph, { throttling, logRetentionDays }) => [
  ...all(graph, "apigateway/restApi").flatMap(({ inputs }) => [
    ...differing("The API's kind", inputs.endpointConfiguration.types, "REGIONAL"),
    ...differing("What reaches functions as it was sent", inputs.binaryMediaTypes, ["*/*"]),
  ]),
  ...all(graph, "apigateway/stage").flatMap(({ inputs }) => [
    ...differing("Whether the API traces", inputs.xrayTracingEnabled, true),
    ...(inputs.accessLogSettings?.destinationArn ? [] : ["Nobody writes down who asked"]),
    ...(/header|authorizer|querystring|body/i.test(inputs.accessLogSettings?.format)
      ? ["The access log holds more than who asked for what"]
      : []),
  ]),
  ...all(graph, "cloudwatch/logGroup")
    .filter(({ name }) => name.startsWith("Api"))
    .flatMap(({ inputs }) => differing("How long the access log stays", inputs.retentionInDays, logRetentionDays)),
  ...differing(
    "The API's settings",
    all(graph, "apigateway/methodSettings").map(({ inputs: { settings } }) => settings),
    [
      {
        metricsEnabled: false,
        throttlingRateLimit: throttling.requestsPerSecond,
        throttlingBurstLimit: throttling.burst,
        loggingLevel: "OFF",
        dataTraceEnabled: false,
      },
    ],
  ),
];
