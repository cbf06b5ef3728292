import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { GatehouseError, messageOf } from "@gatehouse/core/errors.ts";
import { handlerOf, type LambdaFunction } from "../lambda/handler.ts";

/** The Lambda functions that gateways may name as targets, by name. */
export interface Lambdas {
  readonly names: readonly string[];
  /** What loads the function, when first called; `undefined` where there is none of that name. */
  get(name: string): (() => Promise<LambdaFunction>) | undefined;
}

const fileName = /^([A-Za-z0-9_-]{1,64})\.(ts|js|mjs)$/;

/**
 * Finds functions in folders: each `<name>.ts`, `.js` or `.mjs` that exports `handler(event, context)` is the function
 * `<name>`. Files whose name couldn't be a function's (`x.test.ts`) are left alone.
 * @throws GatehouseError `notFound` for a folder that can't be read, `conflict` for a name that occurs twice.
 */
export async function findLambdas(folders: readonly string[]): Promise<Lambdas> {
  const files = new Map<string, string>();
  for (const folder of folders) {
    for (const [name, file] of await handlersIn(folder)) {
      const other = files.get(name);
      if (other !== undefined) {
        throw new GatehouseError(
          "conflict",
          `Two Lambda functions are called "${name}": ${other} and ${file}. Rename one.`,
        );
      }
      files.set(name, file);
    }
  }
  const loaded = new Map<string, Promise<LambdaFunction>>();
  return {
    names: [...files.keys()],
    get(name) {
      const file = files.get(name);
      if (file === undefined) return undefined;
      return () => {
        const fn = loaded.get(name) ?? load(name, file);
        loaded.set(name, fn);
        return fn;
      };
    },
  };
}

async function handlersIn(folder: string): Promise<[string, string][]> {
  const entries = await readdir(folder).catch((error: unknown) => {
    throw new GatehouseError(
      "notFound",
      `The folder of Lambda functions ${folder} can't be read: ${messageOf(error)}.`,
    );
  });
  return entries.sort().flatMap((entry) => {
    const name = fileName.exec(entry)?.[1];
    return name === undefined ? [] : [[name, resolve(join(folder, entry))]];
  });
}

async function load(name: string, file: string): Promise<LambdaFunction> {
  const module: unknown = await import(pathToFileURL(file).href);
  return { name, handler: handlerOf(module, file), memoryMegabytes: 512, timeoutSeconds: 30 };
}
