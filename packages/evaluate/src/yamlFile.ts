import type { Problem } from "@gatehouse/apply/problems.ts";
import { readYaml, type YamlText } from "@gatehouse/apply/yaml.ts";
import { nearestName } from "@gatehouse/core/control/administration/nearest.ts";
import { isJsonObject, type Json, type JsonObject } from "@gatehouse/core/json.ts";
import { readText } from "@gatehouse/policy/files.ts";
import { describeFinding, findingsOf, UsageError } from "@gatehouse/policy/problem.ts";

/** Says of a value, by its path, that it isn't as it should be. */
export type Complain = (path: string, message: string) => void;

/**
 * Reads a file in YAML or JSON.
 * @param read makes of the text what it says, and complains of what is wrong with it.
 * @throws UsageError with everything that is wrong with it, and where.
 */
export async function readYamlFile<Result>(
  file: string,
  read: (value: Json, complain: Complain) => Result,
): Promise<Result> {
  const yaml = yamlIn(await readText(file), file);
  const problems: Problem[] = [...yaml.problems];
  const result = read(yaml.value, (path, message) => void problems.push({ path, message }));
  if (problems.length === 0) return result;
  const findings = problems.map(({ path, message, line = yaml.lineOf(path) }) =>
    describeFinding({
      severity: "error",
      place: { file, line },
      message: path === "" ? message : `${path} ${message}`,
    }),
  );
  throw new UsageError(findings.join("\n"));
}

function yamlIn(text: string, file: string): YamlText {
  try {
    return readYaml(text);
  } catch (error) {
    throw new UsageError(findingsOf(error, file).map(describeFinding).join("\n"));
  }
}

/** An object's members, of which no other is known. */
export function membersOf(
  value: Json | undefined,
  path: string,
  known: readonly string[],
  complain: Complain,
): JsonObject {
  if (!isJsonObject(value)) {
    complain(path, path === "" ? "the file must be an object" : "must be an object");
    return {};
  }
  for (const name of Object.keys(value)) {
    if (known.includes(name)) continue;
    const nearest = nearestName(name, known);
    const hint = nearest === undefined ? `there are ${known.join(", ")}` : `did you mean ${nearest}?`;
    complain(path === "" ? name : `${path}.${name}`, `is not known here; ${hint}`);
  }
  return value;
}

/** A list's members. */
export function listOf(value: Json | undefined, path: string, complain: Complain): Json[] {
  if (Array.isArray(value)) return value;
  complain(path, value === undefined ? "is required" : "must be a list");
  return [];
}

/** A text that says something; undefined where there is none, and nothing is required. */
export function textOf(value: Json | undefined, path: string, complain: Complain): string | undefined {
  if (value === undefined || (typeof value === "string" && value !== "")) return value;
  complain(path, "must be text");
  return undefined;
}
