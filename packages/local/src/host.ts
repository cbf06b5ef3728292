import { GatehouseError } from "@gatehouse/core/errors.ts";
import { aggregateRepository } from "@gatehouse/core/storage/aggregateRepository.ts";
import { spanRepository } from "@gatehouse/core/storage/spanRepository.ts";
import { sendMetricsTo } from "@gatehouse/functions/metricsSink.ts";
import { topology as realTopology, type Topology } from "@gatehouse/functions/topology.ts";
import { type AccessKey, administratorOf, admit } from "./administrator.ts";
import { createAwsEndpoint } from "./aws/endpoint.ts";
import { inProcessHandler, inProcessPutEvents } from "./aws/inProcess.ts";
import { createInvoke } from "./aws/invoke.ts";
import { createKms } from "./aws/kms.ts";
import { findLambdas } from "./aws/lambdas.ts";
import { readMasterKey } from "./aws/masterKey.ts";
import { createPutEvents, type PutEvents } from "./aws/putEvents.ts";
import { type AwsService, createAwsService } from "./aws/service.ts";
import { type Bus, createBus } from "./bus/bus.ts";
import { openBusStore } from "./bus/store.ts";
import { createDashboard, type DashboardSources } from "./dashboard/dashboard.ts";
import { openData } from "./data.ts";
import { type Engine, foreignEngine, startEngine } from "./engine.ts";
import { applyEnvironment, busName, functionsEnvironment, readPlace } from "./environment.ts";
import { refuse } from "./http/answer.ts";
import { createFront, type Mount } from "./http/front.ts";
import { isLoopback, isWildcard, urlHost } from "./http/guard.ts";
import { createInspection } from "./http/inspection.ts";
import { type ListeningServer, listen } from "./http/server.ts";
import { createIdp, type Idp } from "./idp/idp.ts";
import { mountIdp } from "./idp/mount.ts";
import { createAfterwards } from "./lambda/afterwards.ts";
import { type InvokeFunction, type LoadFunction, loadFromPackage, loadFunctions } from "./lambda/functions.ts";
import { mountMetrics } from "./metrics/mount.ts";
import { createOpenMetrics } from "./metrics/openMetrics.ts";
import { startSchedules } from "./schedules.ts";
import { Shutdown } from "./shutdown.ts";
import { createTables, tableName } from "./tables.ts";

export interface HostOptions {
  /** 0 takes any free port. */
  readonly port: number;
  /** The address to listen on; 127.0.0.1 unless told otherwise. */
  readonly bind?: string;
  /** A folder, or `:memory:` to keep nothing. */
  readonly data: string;
  /** Folders with modules that each export the handler of a Lambda function. */
  readonly lambdas?: readonly string[];
  readonly topology?: Topology;
  /** Where the topology's functions come from; the functions package unless told otherwise. */
  readonly loadFunction?: LoadFunction;
  /** Whether the development issuer is there: by default only when bound to loopback. */
  readonly developmentIssuer?: boolean;
  /** Where lines about what went wrong go; standard error unless told otherwise. */
  readonly log?: (line: string) => void;
}

/** Whether the development issuer is there: as was said, or else only when bound to loopback. */
export function hasIssuer({
  bind,
  developmentIssuer,
}: {
  readonly bind: string;
  readonly developmentIssuer?: boolean | undefined;
}): boolean {
  return developmentIssuer ?? (bind === "localhost" || isLoopback(bind));
}

/** A running Gatehouse. */
export interface Host {
  /** The public address, without a slash at its end. */
  readonly url: string;
  /** The AWS region that everything on this machine belongs to. */
  readonly region: string;
  /** Where EventBridge, KMS and Lambda answer. */
  readonly awsEndpoint: string;
  /** The environment variables that were set for the functions, and for every AWS SDK in this process. */
  readonly environment: Readonly<Record<string, string>>;
  /** The access key of whoever works on this machine: it administers everything, from loopback only. */
  readonly administrator: AccessKey;
  readonly idp: Pick<Idp, "issuer" | "token" | "setDefaultAudience">;
  /** EventBridge's PutEvents, in process. */
  readonly putEvents: PutEvents;
  readonly bus: Pick<Bus, "depths" | "deadLetters" | "redrive">;
  /** Resolves as soon as what is left to do after answers is done, and every accepted event delivered or a dead letter. */
  idle(): Promise<void>;
  /** Resolves when something has ended that the host can't do without; it should then be stopped. */
  readonly failure: Promise<GatehouseError>;
  /** Lets requests in flight finish and events be delivered, for at most 4 s, and leaves nothing running. */
  stop(): Promise<void>;
}

const stopMilliseconds = 4_000;

/**
 * Starts Gatehouse on this machine: database engine, bus, schedules, issuer, functions and the HTTP front. There can be
 * one in a process at a time, because it tells the functions through `process.env` where everything is.
 * @throws GatehouseError with one line that says what to do; nothing is left running then.
 */
export async function startHost(options: HostOptions): Promise<Host> {
  const shutdown = new Shutdown();
  const log = options.log ?? ((line: string) => console.error(line));
  try {
    return await start(options, shutdown, log);
  } catch (error) {
    await shutdown.run(0, log);
    throw error;
  }
}

async function start(options: HostOptions, shutdown: Shutdown, log: (line: string) => void): Promise<Host> {
  const { bind = "127.0.0.1", topology = realTopology } = options;
  const place = readPlace(process.env);
  const lambdas = await findLambdas(options.lambdas ?? []);
  const functions = Promise.withResolvers<InvokeFunction>();
  const invoke: InvokeFunction = async (...call) => (await functions.promise)(...call);

  const data = await openData(options.data);
  shutdown.add(() => data.remove());
  const store = await openBusStore(data.events, data.durable);
  shutdown.add(() => store.close());
  const bus = createBus({ topology, store, place, deliver: invoke, log });
  const putEvents = createPutEvents({ ...place, busName, accept: bus.accept });

  const { front, serve } = await listenEarly(bind, options.port, shutdown);
  const url = `http://${isWildcard(bind) ? "127.0.0.1" : urlHost(bind)}:${front.port}`;
  const idp = await createIdp(`${url}/idp`, data.issuerKey);
  const masterKey = await readMasterKey(data.masterKey);
  const administrator = administratorOf(masterKey);
  const kms = createKms({ ...place, masterKey });
  const service = createAwsService({ putEvents, invoke: createInvoke(lambdas, place, log), kms, log });
  const aws = await listen(createAwsEndpoint(service, log), "127.0.0.1", 0);
  shutdown.add(() => aws.close(Promise.resolve()));
  const awsEndpoint = `http://127.0.0.1:${aws.port}`;

  const engine = await startDatabase(data.database, shutdown);
  const environment = functionsEnvironment(place, { url, database: engine.endpoint, aws: awsEndpoint }, process.env);
  setEnvironment(environment, shutdown);
  await createTables(engine.endpoint, topology);
  await admit(administrator, service);
  await shortenWays(service, putEvents);
  functions.resolve(await loadFunctions(topology, options.loadFunction ?? loadFromPackage(topology), place));

  // From here on in the order in which it has to end: no new work first, then what work needs.
  await bus.start();
  shutdown.add(async (deadline) => {
    await Promise.race([bus.quiet(), deadline]);
    bus.stop();
  });
  const afterwards = createAfterwards(log);
  shutdown.add((deadline) => Promise.race([afterwards.done(), deadline]));
  const metrics = createOpenMetrics();
  sendMetricsTo(metrics.add);
  const dashboard = createDashboard({ sources: await dashboardSources(), log });
  const mounted = [mountMetrics(metrics), dashboard, ...mounts(options, bind, bus, idp)];
  serve(createFront({ bind, place, routes: topology.routes, mounts: mounted, invoke, afterwards, log }));
  shutdown.add((deadline) => front.close(deadline));
  const stopSchedules = startSchedules({ schedules: topology.schedules, place, invoke, log });
  shutdown.add((deadline) => Promise.race([stopSchedules(), deadline]));

  return {
    url,
    region: place.region,
    awsEndpoint,
    environment: Object.fromEntries(
      Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
    administrator,
    idp,
    putEvents,
    bus,
    async idle() {
      await afterwards.done();
      await bus.idle();
    },
    failure: engine.died.then(
      (reason) => new GatehouseError("internal", `${reason}. Gatehouse can't go on without it: start it again.`),
    ),
    stop: () => shutdown.run(stopMilliseconds, log),
  };
}

/**
 * The functions' own clients reach the bus, the key and the Lambda functions without a network between, and so without a
 * signature: nobody else can see or send these requests.
 */
async function shortenWays(service: AwsService, putEvents: PutEvents): Promise<void> {
  // Made when first imported, from the environment that has just been set.
  const { eventBridge, kms, lambda } = await import("@gatehouse/functions/aws.ts");
  const requestHandler = inProcessHandler(service);
  const signer = async () => ({ sign: async (request: unknown) => request });
  for (const client of [kms, lambda]) Object.assign(client.config, { requestHandler, signer });
  // After all that looks at a command as it was given.
  const place = { step: "initialize", priority: "low", name: "bus", override: true } as const;
  eventBridge.middlewareStack.add(inProcessPutEvents(putEvents), place);
}

/** What the dashboard reads, by the functions' own client. */
async function dashboardSources(): Promise<DashboardSources> {
  const { documentClient: client } = await import("@gatehouse/functions/aws.ts");
  return {
    aggregates: aggregateRepository({ client, table: tableName("aggregates") }),
    spans: spanRepository({ client, table: tableName("ledger") }),
  };
}

/** The port is taken before anything slow or lasting is done, so that one that is in use is known at once. */
async function listenEarly(bind: string, port: number, shutdown: Shutdown) {
  let listener: Parameters<typeof listen>[0] = (_request, response) =>
    refuse(response, 503, "ServiceUnavailableException", "Gatehouse is starting.");
  const front: ListeningServer = await listen((request, response) => listener(request, response), bind, port);
  shutdown.add(() => front.close(Promise.resolve()));
  return {
    front,
    serve: (next: typeof listener) => {
      listener = next;
    },
  };
}

/** The database the user names, or else the embedded one. */
async function startDatabase(file: string | undefined, shutdown: Shutdown): Promise<Engine> {
  const named = process.env.AWS_ENDPOINT_URL_DYNAMODB;
  if (named) return foreignEngine(named);
  const engine = await startEngine(file);
  shutdown.add(() => engine.stop());
  return engine;
}

/**
 * What was set stays set after the end, the made-up credentials above all: a call that comes late must not go out with
 * real ones. Only the database's address goes, because another host would take it for the user's.
 */
function setEnvironment(environment: Record<string, string | undefined>, shutdown: Shutdown): void {
  const AWS_ENDPOINT_URL_DYNAMODB = process.env.AWS_ENDPOINT_URL_DYNAMODB;
  applyEnvironment(environment);
  shutdown.add(() => applyEnvironment({ AWS_ENDPOINT_URL_DYNAMODB }));
}

function mounts({ developmentIssuer }: HostOptions, bind: string, bus: Bus, idp: Idp): Mount[] {
  return [createInspection(bus), ...(hasIssuer({ bind, developmentIssuer }) ? [mountIdp(idp)] : [])];
}
