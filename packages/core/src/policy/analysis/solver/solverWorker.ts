import { parentPort } from "node:worker_threads";
import z3 from "z3-solver/build/node.js";

/** A script to be run, and what came of it. */
export interface SolverJob {
  readonly script: string;
}
export type SolverReply = { readonly output: string } | { readonly failure: string };

/** More than the questions about policies need, and less than a machine runs out of. In megabytes. */
const mostMemory = "512";

// The solver runs in a thread of its own, so that whoever asks can end it, whatever it is doing.
const { Z3, em } = await z3.init();
Z3.global_param_set("memory_max_size", mostMemory);
const config = Z3.mk_config();
const context = Z3.mk_context(config);
Z3.del_config(config);

/**
 * Runs a script. The library's own `eval_smtlib2_string` must not be used: it leaves the script on a stack that is used for
 * other things while its thread still reads it, so that now and then another script is run.
 */
function run(script: string): string {
  // The package types its module as `any`; this is Emscripten's `ccall`.
  const call: (name: string, result: "string", types: string[], values: unknown[]) => string = em.ccall;
  return call("Z3_eval_smtlib2_string", "string", ["number", "string"], [context, script]);
}

parentPort?.on("message", ({ script }: SolverJob) => {
  try {
    reply({ output: run(script) });
  } catch (error) {
    reply({ failure: error instanceof Error ? error.message : String(error) });
  }
});

function reply(message: SolverReply): void {
  parentPort?.postMessage(message);
}
