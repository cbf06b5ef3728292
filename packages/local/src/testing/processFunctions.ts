import { join } from "node:path";
import type { UploadedFunction } from "@gatehouse/functions/testing/lambda/environment.ts";
import { type RunningFunction, runFunction } from "@gatehouse/functions/testing/lambda/function.ts";
import { topology } from "@gatehouse/functions/topology.ts";
import type { LoadFunction } from "../lambda/functions.ts";

/** The topology's functions in processes behind the Runtime API, for a host in this process. */
export interface ProcessFunctions extends AsyncDisposable {
  readonly load: LoadFunction;
  /** The functions that were loaded, by name. */
  readonly running: ReadonlyMap<string, RunningFunction>;
}

export interface ProcessFunctionsOptions {
  /** The folder with the bundle of each function. */
  readonly code: string;
  /** The bundled bootstrap of the runtime. */
  readonly bootstrap: string;
  /** Variables that are to be others than the host's. */
  readonly variables?: Readonly<Record<string, string>>;
  /** A function's name in the account, and its own variables, over which come those of the host. */
  readonly deployed?: (name: string) => { readonly name: string; readonly variables: Readonly<Record<string, string>> };
  /** Told of every line that a function logs. */
  readonly onOutput?: (line: string) => void;
}

/** Runs bundles where the host would load modules: they find the host through their environment, and know no other way. */
export function processFunctions(options: ProcessFunctionsOptions): ProcessFunctions {
  const running = new Map<string, RunningFunction>();
  return {
    running,
    async load(name) {
      const fn = runFunction(uploadedFunction(name, options), options.onOutput);
      running.set(name, fn);
      return (event: unknown, context: { readonly clientContext?: unknown }) => fn.invoke(event, context.clientContext);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...running.values()].map((fn) => fn.stop()));
    },
  };
}

/** A bundle as Lambda would start it for the host that runs in this process. */
export function uploadedFunction(name: string, options: ProcessFunctionsOptions): UploadedFunction {
  const { code, bootstrap, variables, deployed } = options;
  const { name: physicalName, variables: own } = deployed?.(name) ?? { name, variables: {} };
  const { memoryMegabytes = 512, timeoutSeconds = 30 } =
    Object.entries(topology.functions).find(([key]) => key === name)?.[1] ?? {};
  return {
    name: physicalName,
    folder: join(code, name),
    memoryMegabytes,
    timeoutSeconds,
    bootstrap,
    region: process.env.AWS_REGION ?? "us-east-1",
    accountId: process.env.GATEHOUSE_ACCOUNT_ID ?? "000000000000",
    environment: { ...own, ...hostVariables(), ...variables },
  };
}

/** What the host has set: where everything is, and nothing of how functions behave. */
function hostVariables(): Record<string, string> {
  const set = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(set.filter(([name]) => /^(GATEHOUSE_|AWS_)/.test(name)));
}
