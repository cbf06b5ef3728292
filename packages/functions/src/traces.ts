import { MetricUnit } from "@aws-lambda-powertools/metrics";
import { putSpans } from "@gatehouse/core/control/administration/actionGroups.ts";
import { createTraceService } from "@gatehouse/core/observability/otlp/traceService.ts";
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from "aws-lambda";
import { administrationOf } from "./administration.ts";
import { withChallenge } from "./edge.ts";
import { readEnvironment } from "./environment.ts";
import { bytesOf } from "./http.ts";
import { keyringOf } from "./keyring.ts";
import { instrument } from "./middleware.ts";
import { publisherOf } from "./publisher.ts";
import { signedRequestOf } from "./signedRequest.ts";

const instrumented = instrument();
const { logger, metrics } = instrumented;
const environment = readEnvironment();
const { url } = environment;

const administration = administrationOf(environment, keyringOf(environment), { basicAt: url });
const takeSpans = createTraceService({
  publisher: publisherOf(environment, logger),
  now: () => new Date(),
  onRejected: (count, reasons, sender) => {
    metrics.addMetric("RejectedSpans", MetricUnit.Count, count);
    logger.warn("Spans were rejected", { count, reasons, sender });
  },
  onRefused: ({ code, message }) => logger.info("Somebody was refused to send spans", { code, reason: message }),
  onError: (error) => logger.error("Spans could not be taken", { error }),
});

/** Takes the spans of agents, by OTLP over HTTP. */
export const handler = instrumented.handler<APIGatewayProxyEvent, APIGatewayProxyResult>(async (event) => {
  const request = signedRequestOf(event, url, bytesOf(event));
  const { headers, body } = request;
  const answer = await takeSpans(
    {
      contentType: headers["content-type"] ?? "",
      contentEncoding: headers["content-encoding"] ?? "",
      body,
    },
    async () => {
      const sender = await administration.authenticate(request);
      await administration.authorize(sender, putSpans, {});
      return `${sender.type}::${JSON.stringify(sender.id)}`;
    },
  );
  return withChallenge(event, {
    statusCode: answer.status,
    headers: { ...answer.headers, "content-type": answer.contentType },
    body: Buffer.from(answer.body).toString("base64"),
    isBase64Encoded: true,
  });
});
