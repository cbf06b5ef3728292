/**
 * What is allowed of a value beyond its type. Lengths count characters of text (code points, as Smithy's `@length`
 * does), bytes of a blob, members of a list, entries of a map.
 */
export interface Constraint {
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  /** The number must have no fraction. */
  readonly whole?: boolean;
  /** Of a text as a whole, as in `[a-z]+`. */
  readonly pattern?: string;
  readonly enum?: readonly string[];
  /** Of each member of a list. */
  readonly each?: Constraint;
  /** Of each key of a map. */
  readonly keys?: Constraint;
  /** Of each value of a map. */
  readonly values?: Constraint;
}

/** Longer text is refused before a pattern without a length of its own sees it (T11). */
export const longestMatched = 10_000;

/**
 * What is wrong with a value itself, as in `must have at least 12 characters`; undefined if nothing is. Members, keys
 * and values are for the caller to ask about, who knows where they are.
 */
export function violationOf(constraint: Constraint, value: unknown): string | undefined {
  if (typeof value === "number") return violationOfNumber(constraint, value);
  if (typeof value === "string") return violationOfText(constraint, value);
  if (Array.isArray(value)) return violationOfLength(constraint, value.length, "member");
  if (value instanceof Uint8Array) return violationOfLength(constraint, value.byteLength, "byte");
  if (typeof value === "object" && value !== null) {
    return violationOfLength(constraint, Object.keys(value).length, "entry", "entries");
  }
  return undefined;
}

function violationOfNumber({ minimum, maximum, whole }: Constraint, value: number): string | undefined {
  const fits =
    (!whole || Number.isSafeInteger(value)) &&
    (minimum === undefined || value >= minimum) &&
    (maximum === undefined || value <= maximum);
  if (fits) return undefined;
  const kind = whole ? "a whole number" : "a number";
  if (minimum !== undefined && maximum !== undefined) return `must be ${kind} from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return `must be ${kind} of at least ${minimum}`;
  return maximum === undefined ? `must be ${kind}` : `must be ${kind} of at most ${maximum}`;
}

/** Length comes first, so that patterns see bounded text only. */
function violationOfText(constraint: Constraint, value: string): string | undefined {
  const { pattern, enum: values } = constraint;
  const { maxLength = pattern === undefined ? undefined : longestMatched } = constraint;
  const bounds = maxLength === undefined ? constraint : { ...constraint, maxLength };
  const violation = violationOfLength(bounds, codePoints(value), "character");
  if (violation !== undefined) return violation;
  if (pattern !== undefined && !anchored(pattern).test(value)) return `must match ${pattern}`;
  if (values !== undefined && !values.includes(value)) return `must be one of ${values.join(", ")}`;
  return undefined;
}

function violationOfLength(
  { minLength, maxLength }: Constraint,
  length: number,
  unit: string,
  units = `${unit}s`,
): string | undefined {
  const counted = (count: number) => `${count} ${count === 1 ? unit : units}`;
  if (minLength !== undefined && length < minLength) return `must have at least ${counted(minLength)}`;
  if (maxLength !== undefined && length > maxLength) return `must have at most ${counted(maxLength)}`;
  return undefined;
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

const compiled = new Map<string, RegExp>();

/** A pattern as it is meant: for the whole of a text. Compiled once, when it is first needed. */
function anchored(pattern: string): RegExp {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  const made = new RegExp(`^(?:${pattern})$`, "u");
  compiled.set(pattern, made);
  return made;
}
