import { existsSync, readFileSync, writeFileSync } from "node:fs";

const fileOf = (name: string) => `${import.meta.dirname}/corpus/${name}.json`;

/** The texts that were kept of a target. */
export function readCorpus(name: string): readonly string[] {
  const file = fileOf(name);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as string[]) : [];
}

/** Keeps texts, one a line, with escapes for whatever a file can't hold. */
export function writeCorpus(name: string, texts: readonly string[]): void {
  const lines = [...new Set(texts)].map((text) => JSON.stringify(text));
  writeFileSync(fileOf(name), `[\n${lines.join(",\n")}\n]\n`);
}
