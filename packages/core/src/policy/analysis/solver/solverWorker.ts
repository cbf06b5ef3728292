import { parentPort } from "node:worker_threads";
import z3 from "z3-solver/build/node.js";

/** A script to be run, and what came of it. */
export interface SolverJob {
  readonly script: string;
}
export type SolverReply = { readonly output: string } | { readonly failure: string };

/** More than the questions about policies need, and less than a machine runs out of. In megabytes. */
const mostMemory = "1024";

// The solver runs in a thread of its own, so that whoever asks can end it, whatever it is doing.
const { Z3 } = await z3.init();
Z3.global_param_set("memory_max_size", mostMemory);
const config = Z3.mk_config();
const context = Z3.mk_context(config);
Z3.del_config(config);

parentPort?.on("message", async ({ script }: SolverJob) => {
  try {
    reply({ output: await Z3.eval_smtlib2_string(context, script) });
  } catch (error) {
    reply({ failure: error instanceof Error ? error.message : String(error) });
  }
});

function reply(message: SolverReply): void {
  parentPort?.postMessage(message);
}
