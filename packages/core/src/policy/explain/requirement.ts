/** What must be so for a decision to become another one, as far as it is up to the arguments. */
export type Requirement =
  | { readonly kind: "met" }
  /** No arguments can bring it about. */
  | { readonly kind: "impossible" }
  /** Some arguments may, but how is not told. */
  | { readonly kind: "untold" }
  | { readonly kind: "phrase"; readonly text: string }
  | { readonly kind: "all" | "any"; readonly parts: readonly Requirement[] };

export const met: Requirement = { kind: "met" };
export const impossible: Requirement = { kind: "impossible" };
export const untold: Requirement = { kind: "untold" };

export function allOf(requirements: readonly Requirement[]): Requirement {
  return joined("all", requirements, impossible, met);
}

export function anyOf(requirements: readonly Requirement[]): Requirement {
  return joined("any", requirements, met, impossible);
}

/** One requirement of several: `decisive` decides alone, `neutral` changes nothing, and what is said twice is said once. */
function joined(
  kind: "all" | "any",
  requirements: readonly Requirement[],
  decisive: Requirement,
  neutral: Requirement,
): Requirement {
  if (requirements.some((one) => one.kind === decisive.kind)) return decisive;
  const parts = requirements
    .filter((one) => one.kind !== neutral.kind)
    .flatMap((one) => (one.kind === kind ? one.parts : [one]));
  const unique = [...new Map(parts.map((part) => [JSON.stringify(part), part])).values()];
  const [only, ...others] = unique;
  if (only === undefined) return neutral;
  return others.length === 0 ? only : { kind, parts: unique };
}

/** More parts, or longer texts, are not said: it is a hint for an agent, not the policy. */
const mostParts = 6;
const mostCharacters = 1_000;
const another = "another condition must be met";

/**
 * Sentences without their full stops, to be read together; empty where nothing can be said. What is said is true as it
 * stands: where something is left out, it says that there is another condition.
 */
export function sentencesOf(requirement: Requirement): string[] {
  const parts = requirement.kind === "all" ? requirement.parts : [requirement];
  const said = parts.map((part) => text(part)).filter((one) => one !== undefined);
  if (said.length === 0) return [];
  const shown = said.slice(0, mostParts);
  const sentences = [...new Set(shown.length < parts.length ? [...shown, another] : shown)];
  return sentences.join("; ").length > mostCharacters ? [] : sentences;
}

function text(requirement: Requirement): string | undefined {
  if (requirement.kind === "phrase") return requirement.text;
  if (requirement.kind !== "all" && requirement.kind !== "any") return undefined;
  const said = requirement.parts.map(text).filter((one) => one !== undefined);
  if (said.length === 0) return undefined;
  const shown = said.slice(0, mostParts);
  const all = shown.length < requirement.parts.length ? [...shown, another] : shown;
  return requirement.kind === "all" ? `(${all.join(" and ")})` : all.join(", or ");
}
