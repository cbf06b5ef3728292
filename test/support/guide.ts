import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Ended, run } from "./python.ts";

const root = join(import.meta.dirname, "../..");

/** A block of code of a page of the documentation. */
export interface Block {
  /** The heading that it stands under, without its marks. */
  readonly heading: string;
  readonly language: string;
  readonly code: string;
}

/** The blocks of code of `docs/<page>`, in their order. */
export async function blocksOf(page: string): Promise<Block[]> {
  const text = await readFile(join(root, "docs", page), "utf8");
  let heading = "";
  return [...text.matchAll(/^#+ ([^\n]+)$|^```(\w*)\n(.*?)^```$/gms)].flatMap(([, title, language = "", code]) => {
    heading = title ?? heading;
    return code === undefined ? [] : [{ heading, language, code }];
  });
}

/** What a reader types under a heading. @throws Error where nothing is to be typed, so that a test notices. */
export function commandsUnder(blocks: readonly Block[], heading: string): string {
  const found = blocks.filter((block) => block.heading === heading && block.language === "sh");
  if (found.length === 0) throw new Error(`There are no commands under the heading "${heading}".`);
  return found.map(({ code }) => code).join("\n");
}

/** Runs what a reader types in a shell, in a folder, as if it were the project's. Ends with the first command that fails. */
export function type(commands: string, folder: string, environment: NodeJS.ProcessEnv): Promise<Ended> {
  const script = `cd ${JSON.stringify(folder)}\nnpm() { command npm --prefix ${JSON.stringify(root)} "$@"; }\n${commands}`;
  return run("bash", ["--norc", "-euo", "pipefail", "-c", script], { ...environment, PATH: process.env.PATH });
}
