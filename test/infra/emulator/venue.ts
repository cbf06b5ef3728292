import { FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { type LedgerRepository, ledgerRepository } from "@gatehouse/core/storage/ledgerRepository.ts";
import { type OutboxRepository, outboxRepository } from "@gatehouse/core/storage/outboxRepository.ts";
import { topology } from "@gatehouse/functions/topology.ts";
import type { Venue } from "@gatehouse/local/demo/scene.ts";
import { listen } from "@gatehouse/local/http/server.ts";
import { createIdp, type Idp } from "@gatehouse/local/idp/idp.ts";
import { mountIdp } from "@gatehouse/local/idp/mount.ts";
import type { AccessKey } from "../../support/signedRequest.ts";
import { named, physical } from "../checks/find.ts";
import { region } from "../synth/graph.ts";
import type { Emulation } from "./emulation.ts";
import { drained } from "./queues.ts";

/** The deployment as a place to play at, with an issuer beside it. */
export async function venueOf(emulation: Emulation, administrator: AccessKey): Promise<Venue> {
  const issuer = await startIssuer();
  return {
    url: emulation.url,
    region,
    administrator,
    functions: physical(emulation.graph, "insurance"),
    idp: issuer.idp,
    idle: () => drained(emulation, Object.keys(topology.queues)),
    ledger: ledgerOf(emulation).ledger,
    [Symbol.asyncDispose]: issuer.stop,
  };
}

/** What stands in the ledger's table, by the name that functions are told. */
export function ledgerOf({ graph, aws }: Emulation): { ledger: LedgerRepository; outbox: OutboxRepository } {
  const { environment } = named(graph, "lambda/function", physical(graph, "record")) ?? {};
  const options = {
    client: DynamoDBDocumentClient.from(aws.database),
    table: String(environment.variables.GATEHOUSE_LEDGER_TABLE),
  };
  return { ledger: ledgerRepository(options), outbox: outboxRepository(options) };
}

/** `aws lambda invoke`, as whoever owns the account. @returns what the function answers. @throws Error where it fails. */
export async function invoke({ aws }: Emulation, functionName: string): Promise<unknown> {
  const { Payload, FunctionError } = await aws.lambda.send(new InvokeCommand({ FunctionName: functionName }));
  const answer = Payload?.transformToString() ?? "";
  if (FunctionError !== undefined) throw new Error(`${functionName} failed: ${answer}`);
  return JSON.parse(answer);
}

/**
 * How many invocations of a function have ended, by the log group that the deployment has made for it. What the function
 * itself logs is no measure: ministack 1.5.33 loses some of it.
 */
export async function invocationsOf({ graph, aws }: Emulation, name: string): Promise<number> {
  const logGroupName = `/${graph.app.name}/${graph.app.stage}/${name}`;
  const { events = [] } = await aws.logs.send(new FilterLogEventsCommand({ logGroupName }));
  return events.filter(({ message }) => message?.startsWith("END RequestId")).length;
}

/** The development issuer, on a port of its own. */
async function startIssuer(): Promise<{ readonly idp: Idp; stop(): Promise<void> }> {
  let mount: ReturnType<typeof mountIdp> | undefined;
  const server = await listen(
    (request, response) => {
      const path = (request.url ?? "/").split("?")[0] ?? "/";
      if (mount?.(request, response, path) !== true) response.writeHead(404).end();
    },
    "127.0.0.1",
    0,
  );
  const idp = await createIdp(`http://127.0.0.1:${server.port}/idp`, undefined);
  mount = mountIdp(idp);
  return { idp, stop: () => server.close(Promise.resolve()) };
}
