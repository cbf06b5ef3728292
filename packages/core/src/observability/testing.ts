import { Readable } from "node:stream";
import { EventBridgeClient, type PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import { HttpResponse } from "@smithy/core/protocols";
import type { HttpRequest } from "@smithy/types";
import { eventTypes, type GatehouseEvent } from "./events.ts";

/** For tests only: an event bus behind the real client, doubled at the wire, that keeps what it is given. */
export function createTestBus() {
  const events: GatehouseEvent[] = [];
  let failing = false;
  const answer = (status: number, body: object) => ({
    response: new HttpResponse({
      statusCode: status,
      headers: { "content-type": "application/x-amz-json-1.1" },
      body: Readable.from([JSON.stringify(body)]),
    }),
  });
  const client = new EventBridgeClient({
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
    requestHandler: {
      async handle({ body }: HttpRequest) {
        if (failing) return answer(400, { __type: "InternalException", message: "The bus is away." });
        const { Entries } = JSON.parse(new TextDecoder().decode(body as Uint8Array)) as {
          Entries: PutEventsRequestEntry[];
        };
        events.push(...Entries.map(eventOf));
        return answer(200, { FailedEntryCount: 0, Entries: Entries.map((_, index) => ({ EventId: String(index) })) });
      },
    },
  });
  return {
    client,
    /** In the order in which they came; each as its schema has it. */
    events,
    /** Whether the bus refuses from now on. */
    fail: (fail: boolean) => {
      failing = fail;
    },
  };
}

function eventOf({ DetailType = "", Detail = "" }: PutEventsRequestEntry): GatehouseEvent {
  const type = DetailType as keyof typeof eventTypes;
  return { type, detail: eventTypes[type].detail.parse(JSON.parse(Detail)) } as GatehouseEvent; // Parsed by its own schema.
}
