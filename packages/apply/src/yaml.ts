import { type Json, type JsonObject, refusedKeys } from "@gatehouse/core/json.ts";
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import { type Problem, refusal } from "./problems.ts";

/** What a YAML text says, as JSON, and where it says it. */
export interface YamlText {
  readonly value: Json;
  /** What JSON can't hold, or what can be read in two ways. */
  readonly problems: readonly Problem[];
  /** The line of a path such as `a.b[0]`, or of the innermost part of it that the text has. */
  lineOf(path: string): number | undefined;
}

const longestText = 4_000_000;
const deepest = 50;
/** Aliases count as often as they are used, so that a short text can't become a huge value. */
const mostNodes = 100_000;

/**
 * Reads one YAML 1.2 document of the core schema. Whatever two readers could read differently is refused: duplicate
 * keys, tags, several documents, numbers that can't be held exactly.
 * @throws GatehouseError `validation` with line and reason when it isn't YAML, or is too much.
 */
export function readYaml(text: string): YamlText {
  if (text.length > longestText) throw refusal([{ path: "", message: `has more than ${longestText} characters` }]);
  const counter = new LineCounter();
  const options = { version: "1.2", schema: "core", strict: true, uniqueKeys: true, stringKeys: true } as const;
  const document = parseDocument(text, { ...options, merge: false, prettyErrors: false, lineCounter: counter });
  const line = (offset: number) => counter.linePos(offset).line;
  const complaints = [...document.errors, ...document.warnings];
  if (complaints.length > 0) {
    // One mistake makes much that follows look wrong.
    const first = complaints.slice(0, 3);
    throw refusal(
      first.map(({ message, pos }) => ({ path: "", message: `is not YAML: ${message}`, line: line(pos[0]) })),
    );
  }
  if (document.directives?.yaml.explicit && document.directives.yaml.version !== "1.2") {
    throw refusal([{ path: "", message: "must be YAML 1.2", line: 1 }]);
  }

  const problems: Problem[] = [];
  const lines = new Map<string, number>();
  let nodes = 0;

  const read = (node: unknown, path: string, depth: number, aliasLine?: number): Json => {
    const offset = (node as { range?: readonly number[] | null } | null)?.range?.[0];
    const at = aliasLine ?? (offset === undefined ? lines.get(path) : line(offset));
    const place = at === undefined ? {} : { line: at };
    if (at !== undefined && !lines.has(path)) lines.set(path, at);
    const problem = (message: string) => problems.push({ path, message, ...place });
    nodes += 1;
    if (nodes > mostNodes || depth > deepest) {
      throw refusal([{ path: "", message: "is nested too deeply, or has too many parts", ...place }]);
    }
    if (isAlias(node)) {
      const target = node.resolve(document);
      if (target === undefined) problem(`refers to *${node.source}, which isn't anchored before`);
      return target === undefined ? null : read(target, path, depth + 1, at);
    }
    if ((isMap(node) || isSeq(node) || isScalar(node)) && node.tag !== undefined) problem("must not have a YAML tag");
    if (isSeq(node)) return node.items.map((item, index) => read(item, `${path}[${index}]`, depth + 1, aliasLine));
    if (isMap(node)) {
      const object: JsonObject = {};
      for (const { key, value } of node.items) {
        const name = isScalar(key) ? String(key.value) : "";
        const inner = path === "" ? name : `${path}.${name}`;
        // The key's line: a value may begin on a later one.
        const keyLine = isScalar(key) && key.range ? line(key.range[0]) : undefined;
        if (keyLine !== undefined) lines.set(inner, aliasLine ?? keyLine);
        if (refusedKeys.has(name)) problems.push({ path: inner, message: "is not allowed as a name", ...place });
        else object[name] = read(value, inner, depth + 1, aliasLine);
      }
      return object;
    }
    const value: unknown = isScalar(node) ? node.value : null;
    if (
      typeof value === "number" &&
      (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value)))
    )
      problem("is a number that JSON can't hold exactly; write it in quotes if it is text");
    return typeof value === "string" || typeof value === "boolean" || typeof value === "number" ? value : null;
  };

  const value = read(document.contents, "", 0);
  return { value, problems, lineOf: (path) => innermost(lines, path) };
}

function innermost(lines: ReadonlyMap<string, number>, path: string): number | undefined {
  for (
    let inner = path;
    inner !== "";
    inner = inner.slice(0, Math.max(inner.lastIndexOf("."), inner.lastIndexOf("[")))
  ) {
    const line = lines.get(inner);
    if (line !== undefined) return line;
    if (!/[.[]/.test(inner)) break;
  }
  return undefined;
}
