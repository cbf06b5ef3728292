import type { EvaluatorLevel, Reference } from "../evaluator.ts";
import { needsReference, referenceOf, type Section, sectionsAt } from "./sections.ts";

/** A name in braces without anything else: the braces of JSON in an example aren't placeholders. */
const placeholder = /\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** The names of a text's placeholders, whether or not there are such, each once, in the order in which they first come. */
export function placeholdersOf(text: string): readonly string[] {
  return [...new Set(Array.from(text.matchAll(placeholder), ([, name = ""]) => name))];
}

/** The placeholders of a custom evaluator's instructions that its level has, each once. */
export function placeholdersIn(instructions: string, level: EvaluatorLevel): Section[] {
  const names = placeholdersOf(instructions);
  return sectionsAt[level].filter((section) => names.includes(section));
}

/** The reference inputs that instructions turn on: with any of them, an evaluator says nothing of sessions as they happen. */
export function referencesIn(instructions: string, level: EvaluatorLevel): (keyof Reference)[] {
  return placeholdersIn(instructions, level)
    .filter(needsReference)
    .map((section) => referenceOf[section]);
}

/**
 * Instructions that name the sections of the material where the placeholders were. What is judged itself never gets among
 * the instructions: a judge obeys these (T17).
 */
export function withSectionNames(instructions: string, level: EvaluatorLevel): string {
  const sections: readonly string[] = placeholdersIn(instructions, level);
  return instructions.replaceAll(placeholder, (whole, name: string) =>
    sections.includes(name) ? `(the lines of the record in the section "${name}")` : whole,
  );
}
