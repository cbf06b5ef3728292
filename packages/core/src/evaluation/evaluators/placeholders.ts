import type { EvaluatorLevel, Reference } from "../evaluator.ts";
import { needsReference, referenceOf, type Section, sectionsAt } from "./sections.ts";

/** A name in single braces. */
const placeholder = /\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** The placeholders of a custom evaluator's instructions that its level has, each once. */
export function placeholdersIn(instructions: string, level: EvaluatorLevel): Section[] {
  const names = new Set(namesIn(instructions));
  return sectionsAt[level].filter((section) => names.has(section));
}

/** The reference inputs that instructions turn on: with any of them, an evaluator says nothing of sessions as they happen. */
export function referencesIn(instructions: string, level: EvaluatorLevel): (keyof Reference)[] {
  return placeholdersIn(instructions, level)
    .filter(needsReference)
    .map((section) => referenceOf[section]);
}

/** What is wrong with the placeholders of instructions, a sentence each. */
export function placeholderProblems(instructions: string, level: EvaluatorLevel): string[] {
  const allowed: readonly string[] = sectionsAt[level];
  const list = allowed.map((name) => `{${name}}`).join(", ");
  const unknown = new Set(namesIn(instructions).filter((name) => !allowed.includes(name)));
  const doubled = new Set([...instructions.matchAll(/\{(\{[A-Za-z_][A-Za-z0-9_]*\})\}/g)].map(([whole]) => whole));
  return [
    ...[...unknown].map((name) => `{${name}} is no placeholder of the level ${level}, which has ${list}.`),
    ...[...doubled].map((whole) => `${whole} must have single braces: ${whole.slice(1, -1)}.`),
    ...(placeholdersIn(instructions, level).length > 0
      ? []
      : [`They must have at least one placeholder of the level ${level}: ${list}.`]),
  ];
}

/**
 * Instructions that name the sections of the material where the placeholders were. What is judged itself never gets among
 * the instructions: a judge obeys these (T17).
 */
export function withSectionNames(instructions: string, level: EvaluatorLevel): string {
  const sections: readonly string[] = placeholdersIn(instructions, level);
  return instructions.replaceAll(placeholder, (whole, name: string) =>
    sections.includes(name) ? `(the lines of the material in the section "${name}")` : whole,
  );
}

function namesIn(instructions: string): string[] {
  return [...instructions.matchAll(placeholder)].map(([, name = ""]) => name);
}
