import { readdirSync } from "node:fs";
import { basename, join } from "node:path";

/** Where the example's functions are, below the project's folder: a file each. */
export const functionsFolder = "examples/insurance/functions";

/** The names of the example's functions. @param root the project's folder: what is bundled doesn't know where it was. */
export function functionNames(root: string): string[] {
  return readdirSync(join(root, functionsFolder)).map((file) => basename(file, ".ts"));
}
