import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Edge, startEdge } from "../../support/edge.ts";
import { all } from "../checks/find.ts";
import type { Graph } from "../synth/graph.ts";
import { bundled, synthesize } from "../synth.ts";
import { type Clients, clientsOf } from "./clients.ts";
import { deploy } from "./deploy.ts";
import { adapt, nameApi } from "./differences.ts";
import { type Ministack, startMinistack } from "./ministack.ts";
import type { Names } from "./names.ts";

/** A deployment on the emulator. */
export interface Emulation extends AsyncDisposable {
  /** What was created, with the names of the synthesis. */
  readonly graph: Graph;
  /** What these names are here. */
  readonly names: Names;
  readonly aws: Clients;
  /** Where AWS answers. */
  readonly endpoint: string;
  /** Where the edge answers, without a slash at its end. */
  readonly url: string;
  /** What the emulator has logged, the functions included. */
  output(): string;
}

/** Deploys a personal stage to an AWS of its own, with the insurance company's functions, behind an edge. */
export async function openEmulation(installed: string): Promise<Emulation> {
  const { graph, archives } = await synthesize(bundled);
  const ministack = await startMinistack(installed);
  const edge = await startEdge();
  try {
    return await open(ministack, edge, graph, archives);
  } catch (error) {
    await edge.close();
    await ministack[Symbol.asyncDispose]();
    throw new Error(`The deployment failed: ${error}\n${ministack.output()}`, { cause: error });
  }
}

async function open(ministack: Ministack, edge: Edge, synthesised: Graph, archives: string): Promise<Emulation> {
  const aws = clientsOf(ministack);
  const { url } = edge;
  edge.target = `${ministack.endpoint}/${synthesised.app.stage}`;
  const graph = adapt(synthesised, url);
  const names = await deploy(graph, { aws, archive: (key) => readFile(archiveOf(graph, archives, key)) });
  await nameApi(graph, names, aws);
  return {
    graph,
    names,
    aws,
    endpoint: ministack.endpoint,
    url,
    output: ministack.output,
    async [Symbol.asyncDispose]() {
      for (const client of Object.values(aws)) client.destroy();
      await edge.close();
      await ministack[Symbol.asyncDispose]();
    },
  };
}

/** Where the synthesis has left the archive that would be uploaded by this key. */
function archiveOf(graph: Graph, archives: string, key: string): string {
  const upload = all(graph, "s3/bucketObjectv2").find(({ inputs }) => inputs.key === key);
  if (upload === undefined) throw new Error(`Nothing is uploaded as ${key}.`);
  return join(archives, upload.name.replace(/Code$/, ""), "code.zip");
}
