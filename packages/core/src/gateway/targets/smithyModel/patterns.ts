/**
 * A pattern of the model as a JSON Schema may have it: a regular expression in Unicode mode, as ajv compiles it. Patterns
 * of AWS's models often escape what that mode doesn't let be escaped; such an escape is dropped. `undefined` where it is
 * still none: the service checks it anyway.
 */
export function portablePattern(pattern: string | undefined): string | undefined {
  if (pattern === undefined) return undefined;
  if (compiles(pattern)) return pattern;
  const plain = pattern.replaceAll(/\\(.)/gsu, (escaped, character: string) =>
    /[\w^$\\.*+?()[\]{}|/-]/u.test(character) && character !== "_" ? escaped : character,
  );
  return compiles(plain) ? plain : undefined;
}

function compiles(pattern: string): boolean {
  try {
    new RegExp(pattern, "u");
    return true;
  } catch {
    return false;
  }
}
