import { messageOf } from "@gatehouse/core/errors.ts";
import { isJsonObject, type Json } from "@gatehouse/core/json.ts";
import { UsageError } from "@gatehouse/policy/problem.ts";

/**
 * The spans in a file's text, a document each: what an exporter of OpenTelemetry has written as JSON (a request with
 * `resourceSpans`, or one a line), spans as AWS's distribution writes them, or the body of a request `Evaluate`.
 * @throws UsageError naming the line that can't be read.
 */
export function documentsIn(text: string, file: string): Json[] {
  const values = valuesIn(text, file);
  const documents = values.flatMap(documentsOf);
  if (documents.length === 0) throw new UsageError(`${file} holds no spans: it has nothing but an empty list.`);
  return documents;
}

/** What the text holds: one value, or one a line. */
function valuesIn(text: string, file: string): Json[] {
  try {
    return [JSON.parse(text) as Json];
  } catch (error) {
    const lines = text.split("\n").map((line, index) => ({ line: line.trim(), number: index + 1 }));
    const filled = lines.filter(({ line }) => line !== "");
    // One value that is broken is told as such, rather than as a first line that is.
    if (filled.length < 2 || !isWhole(filled[0]?.line ?? "")) throw unreadable(file, messageOf(error));
    return filled.map(({ line, number }) => {
      try {
        return JSON.parse(line) as Json;
      } catch (broken) {
        throw unreadable(`${file}:${number}`, messageOf(broken));
      }
    });
  }
}

function isWhole(line: string): boolean {
  try {
    return isJsonObject(JSON.parse(line));
  } catch {
    return false;
  }
}

function unreadable(place: string, reason: string): UsageError {
  return new UsageError(`${place} is neither JSON nor a JSON object a line: ${reason}.`);
}

function documentsOf(value: Json): Json[] {
  if (Array.isArray(value)) return value.flatMap(documentsOf);
  if (!isJsonObject(value)) return [value];
  if (value.evaluationInput !== undefined) return documentsOf(value.evaluationInput);
  if (Array.isArray(value.sessionSpans)) return documentsOf(value.sessionSpans);
  return [value];
}
