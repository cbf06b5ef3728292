import { dirname, isAbsolute, join } from "node:path";
import type { Problem } from "@gatehouse/apply/problems.ts";
import { readYaml } from "@gatehouse/apply/yaml.ts";
import { nearestName } from "@gatehouse/core/control/administration/nearest.ts";
import { isJsonObject, type Json, type JsonObject } from "@gatehouse/core/json.ts";
import { readText } from "./files.ts";
import { describeFinding, findingsOf, UsageError } from "./problem.ts";

/** One call, and what should become of it. */
export interface PolicyCase {
  readonly name: string;
  readonly line: number | undefined;
  readonly who: { readonly id: string; readonly claims: JsonObject };
  readonly tool: string;
  readonly input: JsonObject;
  /** What the gateway's interceptor says of it. */
  readonly interceptor: JsonObject;
  /** When the call is made; the time of the test if absent. */
  readonly now?: Date | undefined;
  readonly expect: "ALLOW" | "DENY";
  /** The policy that must be among those that decide. */
  readonly because?: string | undefined;
}

/** A file of cases, with the policies that they are about. */
export interface CaseFile {
  readonly file: string;
  /** The document with the gateway. */
  readonly gateway: string;
  readonly gatewayName?: string | undefined;
  readonly variables: Readonly<Record<string, string>>;
  /** Files of policies, and policies themselves; those of the document if absent. */
  readonly policies?: readonly (
    | string
    | { readonly name: string; readonly statement: string; readonly line?: number }
  )[];
  readonly cases: readonly PolicyCase[];
}

/** Reads a file of cases (YAML or JSON). @throws UsageError with everything that is wrong with it. */
export async function readCaseFile(file: string): Promise<CaseFile> {
  const text = await readText(file);
  const yaml = readYamlOf(text, file);
  const problems: Problem[] = [...yaml.problems];
  const reader = readerOf(problems, yaml.lineOf);
  const read = readCases(yaml.value, file, reader);
  if (problems.length === 0) return read;
  const findings = problems.map(({ path, message, line = yaml.lineOf(path) }) => {
    const subject = path === "" ? message : `${path} ${message}`;
    return { severity: "error" as const, place: { file, line }, message: subject };
  });
  throw new UsageError(findings.map(describeFinding).join("\n"));
}

function readYamlOf(text: string, file: string) {
  try {
    return readYaml(text);
  } catch (error) {
    throw new UsageError(findingsOf(error, file).map(describeFinding).join("\n"));
  }
}

function readCases(value: Json, file: string, reader: Reader): CaseFile {
  const root = reader.members(value, "", ["gateway", "gatewayName", "variables", "policies", "now", "cases"]);
  const beside = (name: string) => (isAbsolute(name) ? name : join(dirname(file), name));
  const variables = reader.members(root.variables ?? {}, "variables");
  const now = root.now === undefined ? undefined : reader.time(root.now, "now");
  const policies = root.policies === undefined ? undefined : reader.list(root.policies, "policies");
  return {
    file,
    gateway: beside(reader.text(root.gateway, "gateway")),
    gatewayName: root.gatewayName === undefined ? undefined : reader.text(root.gatewayName, "gatewayName"),
    variables: Object.fromEntries(Object.entries(variables).map(([name, one]) => [name, String(one)])),
    ...(policies && {
      policies: policies.map((one, i) => {
        if (typeof one === "string") return beside(one);
        const path = `policies[${i}]`;
        const { name, statement } = reader.members(one, path, ["name", "statement"]);
        const line = reader.lineOf(path);
        const policy = {
          name: reader.text(name, `${path}.name`),
          statement: reader.text(statement, `${path}.statement`),
        };
        return line === undefined ? policy : { ...policy, line };
      }),
    }),
    cases: reader.list(root.cases, "cases").map((one, i) => readCase(one, i, now, reader)),
  };
}

function readCase(value: Json, index: number, defaultNow: Date | undefined, reader: Reader): PolicyCase {
  const path = `cases[${index}]`;
  const known = ["name", "who", "tool", "input", "interceptor", "now", "expect", "because"];
  const { name, who, tool, input = {}, interceptor = {}, now, expect, because } = reader.members(value, path, known);
  const { id, ...claims } = reader.members(who ?? null, `${path}.who`);
  if (expect !== "ALLOW" && expect !== "DENY") reader.problem(`${path}.expect`, "must be ALLOW or DENY");
  return {
    name: name === undefined ? `case ${index + 1}` : reader.text(name, `${path}.name`),
    line: reader.lineOf(path),
    who: { id: reader.text(id, `${path}.who.id`), claims },
    tool: reader.text(tool, `${path}.tool`),
    input: reader.members(input, `${path}.input`),
    interceptor: reader.members(interceptor, `${path}.interceptor`),
    now: now === undefined ? defaultNow : reader.time(now, `${path}.now`),
    expect: expect === "ALLOW" ? "ALLOW" : "DENY",
    because: because === undefined ? undefined : reader.text(because, `${path}.because`),
  };
}

type Reader = ReturnType<typeof readerOf>;

/** Reads values, and notes what is wrong with them. */
function readerOf(problems: Problem[], lineOf: (path: string) => number | undefined) {
  const problem = (path: string, message: string) => {
    problems.push({ path, message });
  };
  return {
    lineOf,
    problem,
    /** An object's members: any, or those that are known. */
    members(value: Json, path: string, known?: readonly string[]): JsonObject {
      if (!isJsonObject(value)) {
        problem(path, path === "" ? "the file must be an object" : "must be an object");
        return {};
      }
      for (const name of known === undefined ? [] : Object.keys(value)) {
        if (known?.includes(name)) continue;
        const nearest = nearestName(name, known ?? []);
        const hint = nearest === undefined ? `there are ${known?.join(", ")}` : `did you mean ${nearest}?`;
        problem(path === "" ? name : `${path}.${name}`, `is not known here; ${hint}`);
      }
      return value;
    },
    list(value: Json | undefined, path: string): Json[] {
      if (Array.isArray(value)) return value;
      problem(path, "must be a list");
      return [];
    },
    text(value: Json | undefined, path: string): string {
      if (typeof value === "string" && value !== "") return value;
      problem(path, value === undefined ? "is required" : "must be text");
      return "";
    },
    time(value: Json, path: string): Date {
      const time = new Date(typeof value === "string" ? value : Number.NaN);
      if (
        typeof value !== "string" ||
        !/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(value) ||
        Number.isNaN(time.getTime())
      ) {
        problem(path, "must be a time as in 2026-01-31T12:00:00Z");
      }
      return time;
    },
  };
}
