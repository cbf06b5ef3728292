import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { basename, join } from "node:path";
import { json } from "node:stream/consumers";
import { type BuildFailure, build } from "esbuild";
import type { Build, SynthesisOptions } from "./graph.ts";
import { commonJs } from "./program.ts";

interface ServerOptions extends SynthesisOptions {
  readonly root: string;
  readonly work: string;
  /** Told of each function that is built. */
  readonly builds: Build[];
}

/** What a function's component asks the CLI to build. */
interface BuildInput {
  readonly functionID: string;
  readonly handler: string;
}

/** Answers what SST's components ask of the CLI that runs them. @returns its address. */
export async function startServer(options: ServerOptions): Promise<string> {
  const operations: Record<string, (input: BuildInput) => Promise<unknown>> = {
    "Provider.Aws.Bootstrap": async () => ({ asset: "sst-asset", state: "sst-state" }),
    "Runtime.Build": (input) => buildFunction(input, options),
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

async function buildFunction({ functionID, handler }: BuildInput, options: ServerOptions) {
  const { root, work, bundles = false, builds } = options;
  const source = join(root, handler.replace(/\.\w+$/, ".ts"));
  if (!existsSync(source)) throw new Error(`There is no ${source}.`);
  const out = join(work, `${functionID}-src`);
  const file = join(out, "bundle.mjs");
  await mkdir(out, { recursive: true });
  const result = bundles ? await bundle(source, file) : await stub(file);
  builds.push({ handler, ...result });
  return { out, handler: `bundle.${basename(handler).split(".").at(-1)}`, errors: result.errors, sourcemaps: [] };
}

async function stub(file: string): Promise<Pick<Build, "errors" | "bytes">> {
  await writeFile(file, "export const handler = undefined;");
  return { errors: [] };
}

/** With the options of the CLI. */
async function bundle(source: string, outfile: string): Promise<Pick<Build, "errors" | "bytes">> {
  try {
    const { metafile } = await build({
      entryPoints: [source],
      outfile,
      bundle: true,
      platform: "node",
      target: "esnext",
      format: "esm",
      mainFields: ["module", "main"],
      keepNames: true,
      metafile: true,
      logLevel: "silent",
      banner: { js: commonJs },
    });
    return { errors: [], bytes: Object.values(metafile.outputs)[0]?.bytes };
  } catch (error) {
    const { errors = [] } = error as Partial<BuildFailure>;
    return { errors: errors.length > 0 ? errors.map(({ text }) => text) : [String(error)] };
  }
}
