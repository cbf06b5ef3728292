import type { SQSEvent } from "aws-lambda";
import { runCli } from "../cli.ts";
import type { LambdaHandler } from "../lambda/handler.ts";
import { testTopology } from "./topology.ts";

/** The program as it is, with functions and an example that a test can rely on. What `record` gets goes to standard output. */
const record: LambdaHandler = (event: SQSEvent) => {
  if (process.env.TEST_RECORD_FAILS === "true") throw new Error("down");
  for (const { body } of event.Records) console.log(`recorded ${JSON.parse(body).detail.number}`);
};
const publish: LambdaHandler = async () => {
  const { EventBridgeClient, PutEventsCommand } = await import("@aws-sdk/client-eventbridge");
  const entry = {
    Source: "gatehouse.gateway",
    DetailType: "ToolDecision",
    Detail: '{"number":1}',
    EventBusName: "gatehouse",
  };
  await new EventBridgeClient({}).send(new PutEventsCommand({ Entries: [entry] }));
  return { statusCode: 200, body: "{}" };
};

await runCli(process.argv.slice(2), {
  topology: testTopology,
  loadFunction: async (name) => (name === "record" ? record : publish),
  setUpExample: async ({ endpoint }) => ({
    gatewayId: "g",
    gatewayUrl: `${endpoint}/gateways/g/mcp`,
    audience: `${endpoint}/gateways/g/mcp`,
  }),
});
