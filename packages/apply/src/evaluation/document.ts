import type { Json, JsonObject } from "@gatehouse/core/json.ts";
import type { Reader } from "../identity/document.ts";
import { type ByKind, type EvaluationEntry, evaluationKinds, evaluationSections } from "./kinds.ts";

/** What a document says of evaluation. */
export function readEvaluation(top: JsonObject, reader: Reader): ByKind<EvaluationEntry> {
  const entries = evaluationKinds.flatMap((kind) => {
    const { section, members } = evaluationSections[kind];
    const read = (value: Json, path: string): EvaluationEntry => {
      const { tags, ...settings } = reader.members(value, path, [...members, "tags"]);
      return { settings, tags: reader.object(tags, `${path}.tags`) };
    };
    return top[section] === undefined ? [] : [[kind, reader.section(top[section], section, read)]];
  });
  return Object.fromEntries(entries) as ByKind<EvaluationEntry>; // Keys are kinds.
}
