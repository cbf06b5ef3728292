/// <reference path="../.sst/platform/config.d.ts" />
import { topology } from "../packages/functions/src/topology.ts";
import type { Functions } from "./functions.ts";
import type { Stage } from "./stages.ts";

/** As long as API Gateway waits for a stream to end. */
const longestStreamMilliseconds = 900_000;

/**
 * Opens the API, without routes yet: functions are told its address before routes lead to them. A regional REST API, because
 * it can stream and waits for minutes (HTTP APIs end after 30 seconds).
 */
export function openApi({ logRetentionDays }: Stage): sst.aws.ApiGatewayV1 {
  return new sst.aws.ApiGatewayV1("Api", {
    // An edge endpoint gives up on a stream that is silent for half a minute, a regional one after five.
    endpoint: { type: "regional" },
    cors: false,
    transform: {
      // Bodies reach functions as they were sent, in Base64: what is taken for text loses what isn't, like gzip and protobuf.
      api: (args) => {
        args.binaryMediaTypes = ["*/*"];
      },
      accessLog: { retentionInDays: logRetentionDays },
      stage: (args) => {
        args.xrayTracingEnabled = true;
        args.accessLogSettings = $output(args.accessLogSettings).apply((settings) => ({
          destinationArn: settings?.destinationArn ?? "",
          format: accessLogFormat,
        }));
      },
    },
  });
}

/** Adds the topology's routes and puts the API into operation. Every function authenticates its requests itself. */
export function serve(api: sst.aws.ApiGatewayV1, functions: Functions, { throttling }: Stage): void {
  for (const { method, path, function: name } of topology.routes) {
    const { timeoutSeconds, ...definition } = topology.functions[name];
    const streaming = "streams" in definition && definition.streams;
    api.route(`${method} ${path}`, functions[name].arn, {
      streaming,
      transform: {
        integration: { timeoutMilliseconds: streaming ? longestStreamMilliseconds : timeoutSeconds * 1_000 },
      },
    });
  }
  api.deploy();
  new aws.apigateway.MethodSettings("ApiSettings", {
    restApi: api.nodes.api.id,
    stageName: api.nodes.stage?.stageName ?? $app.stage,
    methodPath: "*/*",
    settings: {
      // Those of each route would cost more than everything else that is fixed. The API's own, by stage, come without.
      metricsEnabled: false,
      throttlingRateLimit: throttling.requestsPerSecond,
      throttlingBurstLimit: throttling.burst,
      // Execution logs would hold headers, and with them tokens.
      loggingLevel: "OFF",
      dataTraceEnabled: false,
    },
  });
}

/** Who asked for what, and how it went: no header, no query, no body. */
const accessLogFormat = JSON.stringify({
  time: "$context.requestTime",
  requestId: "$context.requestId",
  trace: "$context.xrayTraceId",
  sourceIp: "$context.identity.sourceIp",
  method: "$context.httpMethod",
  path: "$context.path",
  route: "$context.resourcePath",
  status: "$context.status",
  latency: "$context.responseLatency",
  functionLatency: "$context.integration.latency",
  error: "$context.error.responseType",
});
