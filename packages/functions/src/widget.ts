import { answerWidget, type WidgetAnswer } from "@gatehouse/core/observability/widgets/customWidget.ts";
import { aggregateRepository } from "@gatehouse/core/storage/aggregateRepository.ts";
import { documentClient } from "./aws.ts";
import { readEnvironment } from "./environment.ts";
import { instrument } from "./middleware.ts";

const instrumented = instrument();
const { tables } = readEnvironment();
const aggregates = aggregateRepository({ client: documentClient, table: tables.aggregates });

/** Draws a custom widget of a CloudWatch dashboard, for whoever IAM lets call it. */
export const handler = instrumented.handler<unknown, WidgetAnswer>((event, { invokedFunctionArn: functionArn }) =>
  answerWidget(event, { aggregates, functionArn, now: Date.now() }),
);
