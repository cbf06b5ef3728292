import { mkdtempDisposable, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Stage, stageOf } from "../../../stacks/stages.ts";
import { all } from "../checks/find.ts";
import type { Graph } from "../synth/graph.ts";
import { synthesize } from "../synth.ts";
import { type Clients, clientsOf } from "./clients.ts";
import { deploy } from "./deploy.ts";
import { adapt, nameApi } from "./differences.ts";
import { type Ministack, startMinistack } from "./ministack.ts";
import type { Names } from "./names.ts";
import { createTargets, targetArns } from "./targets.ts";

/** A deployment on the emulator. */
export interface Emulation extends AsyncDisposable {
  /** What was created, with the names of the synthesis. */
  readonly graph: Graph;
  /** What these names are here. */
  readonly names: Names;
  readonly aws: Clients;
  /** Where AWS answers. */
  readonly endpoint: string;
  /** Where API Gateway answers for the API, without a slash at its end. */
  readonly url: string;
  /** What the emulator has logged, the functions included. */
  output(): string;
}

/**
 * Deploys Gatehouse to an AWS of its own, as a deployer would who has written the insurance company's functions into the
 * stage.
 */
export async function openEmulation(installed: string): Promise<Emulation> {
  const stage = "emulated";
  const stageData: Stage = { ...stageOf(stage), invocableFunctions: targetArns };
  await using archives = await mkdtempDisposable(join(tmpdir(), "gatehouse-archives-"));
  const synthesised = await synthesize({ stage, stageData, bundles: true, archives: archives.path });
  const ministack = await startMinistack(installed);
  try {
    return await open(ministack, synthesised, archives.path);
  } catch (error) {
    await ministack[Symbol.asyncDispose]();
    throw new Error(`The deployment failed: ${error}\n${ministack.output()}`, { cause: error });
  }
}

async function open(ministack: Ministack, synthesised: Graph, archives: string): Promise<Emulation> {
  const aws = clientsOf(ministack);
  const url = `${ministack.endpoint}/${synthesised.app.stage}`;
  const graph = adapt(synthesised, url);
  const names = await deploy(graph, { aws, archive: (key) => readFile(archiveOf(graph, archives, key)) });
  await nameApi(graph, names, aws);
  await createTargets(aws);
  return {
    graph,
    names,
    aws,
    endpoint: ministack.endpoint,
    url,
    output: ministack.output,
    async [Symbol.asyncDispose]() {
      for (const client of Object.values(aws)) client.destroy();
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
