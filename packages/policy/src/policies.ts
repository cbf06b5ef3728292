import { basename } from "node:path";
import { messageOf } from "@gatehouse/core/errors.ts";
import type { EnginePolicy } from "@gatehouse/core/policy/engine.ts";
import { parsePolicy } from "@gatehouse/core/policy/validate.ts";
import type { Finding, Place } from "./problem.ts";

/** A policy, under the name by which everything speaks of it. */
export interface NamedPolicy {
  readonly name: string;
  readonly statement: string;
  /** Where it begins. */
  readonly place: Place;
  /** Whether it decides nothing, and is only recorded. */
  readonly logOnly?: boolean;
  /** Whether what it means is meant, whatever that is. */
  readonly ignoresFindings?: boolean;
}

/** Policies, and what is wrong with those that can't be read. */
export interface ReadPolicies {
  readonly policies: readonly NamedPolicy[];
  readonly findings: readonly Finding[];
}

/** Texts and comments, in which a semicolon is nothing, and the semicolons that end policies. */
const ends = /"(?:\\.|[^"\\])*"?|\/\/[^\n]*|;/gs;

/**
 * Reads the policies of a Cedar file. `@id("name")` names one; another is named after the file and its place in it.
 * @param text with its references replaced.
 */
export function policiesIn(text: string, file: string): ReadPolicies {
  const stem = basename(file, ".cedar").replace(/\W/g, "_");
  const policies: NamedPolicy[] = [];
  const findings: Finding[] = [];
  for (const [index, { statement, place }] of statementsIn(text, file).entries()) {
    const unnamed = { name: `${stem}_${index + 1}`, statement, place };
    try {
      const { annotations } = parsePolicy(statement).json;
      policies.push({ ...unnamed, name: annotations?.id ?? unnamed.name });
    } catch (error) {
      findings.push({ severity: "error", ...placed(messageOf(error), place) });
    }
  }
  return { policies, findings };
}

function statementsIn(text: string, file: string): { readonly statement: string; readonly place: Place }[] {
  const cuts = [...text.matchAll(ends)].filter(([token]) => token === ";").map(({ index }) => index + 1);
  return [0, ...cuts].flatMap((start, index) => {
    const piece = text.slice(start, cuts[index]);
    // What stands after the last policy is a comment, or else a policy that doesn't end.
    if (piece.replace(/\/\/[^\n]*/g, "").trim() === "") return [];
    const before = text.slice(0, start + piece.search(/\S/)).split("\n");
    const place = { file, line: before.length, column: [...(before.at(-1) ?? "")].length + 1 };
    return [{ statement: piece.trim(), place }];
  });
}

/** What Cedar says of a policy's text, as it is in the Cedar file that the policy stands in; in YAML it stays as it is. */
export function placed(message: string, place: Place): { message: string; place: Place } {
  const { file, line = 1, column } = place;
  if (column === undefined) return { message, place };
  const inFile = message.replace(/line (\d+), column (\d+): /g, (_, inner: string, character: string) => {
    const shifted = inner === "1" ? column + Number(character) - 1 : Number(character);
    return `line ${line + Number(inner) - 1}, column ${shifted}: `;
  });
  const [found, first, second] = /line (\d+), column (\d+): /.exec(inFile) ?? [];
  if (found === undefined) return { message: inFile, place: { file, line, column } };
  return { message: inFile.replace(found, ""), place: { file, line: Number(first), column: Number(second) } };
}

/** What is wrong with the names of policies that are to be in one engine. */
export function checkNames(policies: readonly NamedPolicy[]): Finding[] {
  const first = new Map<string, NamedPolicy>();
  return policies.flatMap((policy): Finding[] => {
    const { name, place } = policy;
    const other = first.get(name);
    first.set(name, other ?? policy);
    if (other === undefined) return [];
    const message = `there already is a policy named ${name}, in ${other.place.file} line ${other.place.line}`;
    return [{ severity: "error", place, message }];
  });
}

/** Policies as an engine has them, each under its name. */
export function inForce(policies: readonly NamedPolicy[]): EnginePolicy[] {
  return policies.map(({ name, statement, logOnly }) => ({
    policyId: name,
    statement,
    status: "ACTIVE",
    ...(logOnly ? { enforcementMode: "LOG_ONLY" } : {}),
  }));
}
