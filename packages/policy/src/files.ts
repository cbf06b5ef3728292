import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import { UsageError } from "./problem.ts";

/** npm runs scripts in its own folder; the person who typed the path was perhaps in another one. */
export function pathOf(file: string): string {
  return resolve(process.env.INIT_CWD ?? process.cwd(), file);
}

/** A file's text. @throws UsageError where there is none. */
export async function readText(file: string): Promise<string> {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await readFile(pathOf(file)));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") throw new UsageError(`${file} isn't UTF-8 text.`);
    throw unreadable(file, error);
  }
}

/** The files that are named, and, where a folder is named, the Cedar files in it. @throws UsageError for what isn't there. */
export async function expand(names: readonly string[]): Promise<string[]> {
  const files = await Promise.all(names.map(filesOf));
  return files.flat();
}

export function isCedar(file: string): boolean {
  return extname(file) === ".cedar";
}

async function filesOf(name: string): Promise<string[]> {
  try {
    if (!(await stat(pathOf(name))).isDirectory()) return [name];
    const inside = await readdir(pathOf(name), { recursive: true });
    const files = inside.filter(isCedar).sort();
    if (files.length === 0) throw new UsageError(`There is no .cedar file in ${name}.`);
    return files.map((file) => join(name, file));
  } catch (error) {
    throw unreadable(name, error);
  }
}

/** What is wrong with a file that can't be opened. */
export function unreadable(file: string, error: unknown): UsageError {
  if (error instanceof UsageError) return error;
  const { code } = error as NodeJS.ErrnoException;
  return new UsageError(code === "ENOENT" ? `There is no file ${file}.` : `${file} can't be read: ${code}.`);
}
