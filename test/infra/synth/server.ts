import { once } from "node:events";
import { createServer } from "node:http";
import { json } from "node:stream/consumers";

/** What a function's component asks the CLI to build: here it is always bundled already. */
interface BuildInput {
  readonly bundle: string;
  readonly handler: string;
}

/** Answers what SST's components ask of the CLI that runs them. @returns its address. */
export async function startServer(): Promise<string> {
  const operations: Record<string, (input: BuildInput) => Promise<unknown>> = {
    "Provider.Aws.Bootstrap": async () => ({ asset: "sst-asset", state: "sst-state" }),
    "Runtime.Build": async ({ bundle, handler }) => ({ out: bundle, handler, errors: [], sourcemaps: [] }),
  };
  const server = createServer(async (request, response) => {
    const { method, params } = (await json(request)) as { method: string; params: [BuildInput] };
    const answer = await Promise.resolve(operations[method]?.(params[0]) ?? Promise.reject(new Error("not answered")))
      .then((result) => ({ result }))
      .catch((error: unknown) => ({ error: `${method}: ${error}` }));
    response.writeHead(200, { connection: "close" }).end(JSON.stringify(answer));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  // The program's end is when nothing else is left to do.
  server.unref();
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The system gave no port.");
  return `http://127.0.0.1:${address.port}`;
}
