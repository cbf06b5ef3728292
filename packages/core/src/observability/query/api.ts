import { answerOperation } from "../../control/answer.ts";
import { answerError } from "../../control/errors.ts";
import { pageTokens } from "../../control/pages.ts";
import type { ControlRequest, ControlResponse } from "../../control/request.ts";
import { GatehouseError } from "../../errors.ts";
import { csvOf } from "./csv.ts";
import type { QueryDependencies } from "./dependencies.ts";
import { queryHandlers, type Scope } from "./handlers.ts";
import { exportDecisions } from "./listDecisions.ts";
import { openApiDocument } from "./openapi.ts";
import { basePath, type QueryOperation, type QueryOperationName, queryOperations } from "./operations.ts";
import { readParameters } from "./parameters.ts";

/** The answer to a query: in one piece, or line by line. */
export type QueryResponse =
  | ControlResponse
  | (Omit<ControlResponse, "body"> & { readonly lines: AsyncIterable<string> });

/** A request, with what its host knows of its client. */
export interface QueryRequest extends ControlRequest {
  readonly requestId: string;
  /** Aborts when nobody waits for the answer any more, where the host hears of it. */
  readonly gone?: AbortSignal;
}

/** How long before its end a list stops looking and answers with what it has. */
const reserveMilliseconds = 5_000;

/**
 * The query API. Requests pass the steps of the control plane: who asks, what is asked, whether they may; and errors look as
 * its errors do. Never rejects: whatever happens becomes an answer.
 */
export function createQueryApi(dependencies: QueryDependencies): (request: QueryRequest) => Promise<QueryResponse> {
  const handlers = queryHandlers(dependencies);
  return async (request) => {
    const { requestId } = request;
    if (request.method === "GET" && request.path === `${basePath}/openapi.json`) {
      // It says nothing that the source code doesn't: whoever makes a client of it need not be anybody yet.
      const headers = { "content-type": "application/json", "x-amzn-requestid": requestId };
      return { status: 200, headers, body: JSON.stringify(openApiDocument()) };
    }
    const match = matchQuery(request);
    if (match === undefined) return answerError(notFound(request), requestId);
    const { name } = match;
    let response: QueryResponse | undefined;
    const answered = await answerOperation(dependencies, { name, status: 200 }, request, requestId, async () => {
      response = await answer(dependencies, handlers, match, request);
      return "";
    });
    return response ?? answered;
  };
}

interface QueryMatch {
  readonly name: QueryOperationName;
  readonly labels: Readonly<Record<string, string>>;
}

async function answer(
  dependencies: QueryDependencies,
  handlers: ReturnType<typeof queryHandlers>,
  { name, labels }: QueryMatch,
  request: QueryRequest,
): Promise<QueryResponse> {
  const { administration, keyring, now, answerMilliseconds } = dependencies;
  const administrator = await administration.authenticate(request);
  const operation: QueryOperation = queryOperations[name];
  const sent = readParameters(operation.parameters, request.query, labels);
  await administration.authorize(administrator, name, sent);

  const headers = { "x-amzn-requestid": request.requestId, "cache-control": "no-store" };
  if (name === "ExportDecisions") return stream(dependencies, sent as never, request, headers); // Read by its own schema.
  const pages = pageTokens(keyring, now);
  const input = await pages.open({ name }, sent, administrator);
  const handler = handlers[name] as (input: unknown, scope: Scope) => Promise<object>; // Read by the operation's own schema.
  const output = await inTime(answerMilliseconds, request.gone, (scope) => handler(input, { ...scope, now: now() }));
  const sealed = await pages.seal({ name }, sent, administrator, output);
  if (sent.format !== "csv" || operation.table === undefined) {
    return { status: 200, headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify(sealed) };
  }
  const next = "nextToken" in sealed ? { "x-gatehouse-next-token": String(sealed.nextToken) } : {};
  // What an operation answers is what its table is made of.
  const body = csvOf(operation.table(output as never));
  return {
    status: 200,
    headers: { ...headers, ...next, "content-type": "text/csv; charset=utf-8; header=present" },
    body,
  };
}

/**
 * Does what takes its time until the time is up, or nobody waits any more.
 * @throws GatehouseError `validation` when the time is up: what was asked for is too much.
 */
async function inTime<Result>(
  milliseconds: number,
  gone: AbortSignal | undefined,
  act: (scope: Pick<Scope, "signal" | "millisecondsLeft">) => Promise<Result>,
): Promise<Result> {
  const ends = performance.now() + milliseconds;
  const controller = new AbortController();
  const { promise: late, reject } = Promise.withResolvers<never>();
  const tooMuch = new GatehouseError(
    "validation",
    `The answer is not there after ${Math.round(milliseconds / 1_000)} seconds: ask for a shorter time, fewer groups, or one gateway.`,
  );
  const timer = setTimeout(() => reject(tooMuch), milliseconds);
  // No fault of Gatehouse's, and nobody reads it.
  const leave = () => reject(new GatehouseError("validation", "The client has gone."));
  gone?.addEventListener("abort", leave, { once: true });
  try {
    const left = () => ends - reserveMilliseconds - performance.now();
    return await Promise.race([act({ signal: controller.signal, millisecondsLeft: left }), late]);
  } finally {
    clearTimeout(timer);
    gone?.removeEventListener("abort", leave);
    // Whatever is still being read is for nobody.
    controller.abort();
  }
}

/** A stream whose first line is there: what fails before is an answer like any other. */
async function stream(
  dependencies: QueryDependencies,
  input: Parameters<typeof exportDecisions>[1],
  { gone, requestId }: QueryRequest,
  headers: Readonly<Record<string, string>>,
): Promise<QueryResponse> {
  const signal = gone ?? new AbortController().signal;
  const lines = exportDecisions(dependencies, input, { now: dependencies.now(), signal });
  const first = await lines.next();
  const type = input.format === "csv" ? "text/csv; charset=utf-8; header=present" : "application/x-ndjson";
  async function* all() {
    try {
      if (!first.done) yield first.value;
      yield* lines;
    } catch (error) {
      // The status is long gone: that the stream breaks off is all that its reader can be told.
      if (!signal.aborted) dependencies.onError(error, { requestId, operation: "ExportDecisions" });
      throw error;
    } finally {
      await lines.return(undefined);
    }
  }
  return { status: 200, headers: { ...headers, "content-type": type }, lines: all() };
}

function matchQuery({ method, path }: ControlRequest): QueryMatch | undefined {
  if (method !== "GET" || !path.startsWith(`${basePath}/`)) return undefined;
  const given = path.slice(basePath.length).replace(/\/$/, "").split("/");
  for (const [name, operation] of Object.entries(queryOperations)) {
    const segments = operation.path.split("/");
    const isLabel = (segment: string) => segment.startsWith("{");
    if (segments.length !== given.length) continue;
    if (!segments.every((segment, index) => (isLabel(segment) ? given[index] !== "" : segment === given[index])))
      continue;
    const labels = Object.fromEntries(
      segments.flatMap((segment, index) =>
        isLabel(segment) ? [[segment.slice(1, -1), decoded(given[index] ?? "")] as const] : [],
      ),
    );
    return { name: name as QueryOperationName, labels }; // A key of the operations.
  }
  return undefined;
}

function notFound({ method, path }: ControlRequest): GatehouseError {
  const message = `There is no ${method} ${path.slice(0, 200)}; ${basePath}/openapi.json says what there is.`;
  return new GatehouseError("notFound", message);
}

/** Text that isn't percent-encoded as it should be names nothing. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
