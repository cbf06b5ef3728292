import { existsSync, readFileSync, writeFileSync } from "node:fs";

const fileOf = (name: string) => `${import.meta.dirname}/corpus/${name}.txt`;

/** The texts that were kept of a target. In the file each is a line, a JSON string, with escapes for what a file can't hold. */
export function readCorpus(name: string): readonly string[] {
  const file = fileOf(name);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as string);
}

/** Keeps texts of a target, in place of those that were kept. */
export function writeCorpus(name: string, texts: readonly string[]): void {
  const lines = [...new Set(texts)].map((text) => `${JSON.stringify(text)}\n`);
  writeFileSync(fileOf(name), lines.join(""));
}
