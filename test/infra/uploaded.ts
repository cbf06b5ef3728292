import { join } from "node:path";
import { topology } from "@gatehouse/functions/topology.ts";
import { bundle } from "../../scripts/bundle.ts";
import { all, named, physical } from "./checks/find.ts";
import type { Graph } from "./synth/graph.ts";
import { unzip } from "./synth/unzip.ts";
import { bundled, synthesize } from "./synth.ts";

/** The code of every function, as Lambda has it after `sst deploy`. */
export interface Uploaded {
  readonly graph: Graph;
  /** Holds a folder for each function. */
  readonly code: string;
  /** The process that calls their handlers. */
  readonly bootstrap: string;
  /** The name of a function in the account, and the variables that it is told. */
  deployed(name: string): { readonly name: string; readonly variables: Readonly<Record<string, string>> };
}

/** Synthesises production and unpacks what every stage uploads. @param folder outside of the project: nothing is found there. */
export async function upload(folder: string): Promise<Uploaded> {
  const code = join(folder, "code");
  const { graph } = await synthesize({ stage: "production" });
  const { archives } = await synthesize(bundled);
  for (const name of Object.keys(topology.functions)) {
    await unzip(join(archives, componentOf(graph, name), "code.zip"), join(code, name));
  }
  const entry = new URL(import.meta.resolve("@gatehouse/functions/testing/lambda/bootstrap.ts")).pathname;
  await bundle({ bootstrap: entry }, folder);
  return {
    graph,
    code,
    bootstrap: join(folder, "bootstrap", "index.mjs"),
    deployed(name) {
      const inputs = named(graph, "lambda/function", physical(graph, name));
      return { name: physical(graph, name), variables: inputs?.environment?.variables ?? {} };
    },
  };
}

/** The name of a function's component, after which SST names the archive. */
function componentOf(graph: Graph, name: string): string {
  const fn = all(graph, "lambda/function").find(({ inputs }) => inputs.name === physical(graph, name));
  return (fn?.name ?? name).replace(/Function$/, "");
}
