import { isLinearPattern } from "../../../patterns/program.ts";

/**
 * A pattern of the model as a JSON Schema may have it: a regular expression in Unicode mode that is matched in linear
 * time. Patterns of AWS's models often escape what that mode doesn't let be escaped; such an escape is dropped. `undefined`
 * where it is still none, or looks around: the service checks it anyway.
 */
export function portablePattern(pattern: string | undefined): string | undefined {
  if (pattern === undefined) return undefined;
  if (isLinearPattern(pattern)) return pattern;
  const plain = pattern.replaceAll(/\\(.)/gsu, (escaped, character: string) =>
    /[\w^$\\.*+?()[\]{}|/-]/u.test(character) && character !== "_" ? escaped : character,
  );
  return isLinearPattern(plain) ? plain : undefined;
}
