import { type AST, RegExpParser } from "@eslint-community/regexpp";

/** A pattern that can't be matched in linear time, or is no pattern. Its message says which part of it is why. */
export class PatternError extends Error {
  override readonly name = "PatternError";
}

/** Whether a code point is one that a part of a pattern stands for. */
export type CharacterTest = (codePoint: number) => boolean;

/**
 * One instruction of a program. `character` takes one code point; `count` takes from `min` to `max` code points of one kind,
 * however large these are; `split` goes two ways at once; the others take nothing.
 */
export type Instruction =
  | { readonly type: "character"; readonly test: CharacterTest; readonly next: number }
  | {
      readonly type: "count";
      readonly test: CharacterTest;
      readonly min: number;
      readonly max: number;
      readonly next: number;
    }
  | { readonly type: "split"; readonly next: number; readonly other: number }
  | { readonly type: "assert"; readonly at: "start" | "end" | "boundary" | "inside"; readonly next: number }
  | { readonly type: "match" };

/** A compiled pattern: instructions, and the number of the first. */
export interface Program {
  readonly instructions: readonly Instruction[];
  readonly first: number;
}

/** Bounds of what a pattern may be, and of what it may become: repeated groups are written out. */
const maxLength = 4_096;
const maxInstructions = 2_000;

/**
 * Compiles an ECMAScript pattern with the flag `u`, as JSON Schema means it, to a program that {@link matches} runs.
 * What looks around or back can't be matched in linear time and is refused.
 * @throws PatternError
 */
export function compileProgram(source: string): Program {
  if (source.length > maxLength) throw new PatternError(`a pattern is longer than ${maxLength} characters`);
  const instructions: Instruction[] = [];
  const add = (instruction: Instruction): number => {
    if (instructions.length >= maxInstructions) {
      throw new PatternError(`the pattern ${short(source)} is larger than ${maxInstructions} steps`);
    }
    return instructions.push(instruction) - 1;
  };
  // From the end to the beginning: each part knows what comes after it.
  const first = alternatives(parse(source).alternatives, add({ type: "match" }));
  return { instructions, first };

  function alternatives(parts: readonly AST.Alternative[], next: number): number {
    return parts
      .map(({ elements }) => elements.reduceRight((after, each) => element(each, after), next))
      .reduceRight((other, entry) => add({ type: "split", next: entry, other }));
  }

  function element(part: AST.Element, next: number): number {
    switch (part.type) {
      case "Character":
      case "CharacterSet":
      case "CharacterClass":
        return add({ type: "character", test: characterTest(part), next });
      case "Group":
        if (part.modifiers) refuse("modifiers", part);
        return alternatives(part.alternatives, next);
      case "CapturingGroup":
        return alternatives(part.alternatives, next);
      case "Assertion":
        return assertion(part, next);
      case "Quantifier":
        return quantifier(part, next);
      case "Backreference":
        return refuse("a backreference", part);
      default:
        return refuse("a set operation", part);
    }
  }

  function assertion(part: AST.Assertion, next: number): number {
    if (part.kind === "lookahead" || part.kind === "lookbehind") return refuse(`a ${part.kind}`, part);
    if (part.kind === "word") return add({ type: "assert", at: part.negate ? "inside" : "boundary", next });
    return add({ type: "assert", at: part.kind, next });
  }

  function quantifier({ element: repeated, min, max }: AST.Quantifier, next: number): number {
    const { type } = repeated;
    if (type === "Character" || type === "CharacterSet" || type === "CharacterClass") {
      return add({ type: "count", test: characterTest(repeated), min, max, next });
    }
    let entry = next;
    if (max === Number.POSITIVE_INFINITY) entry = loop(repeated, next);
    else
      for (let left = max - min; left > 0; left--)
        entry = add({ type: "split", next: element(repeated, entry), other: next });
    for (let left = min, after = -1; left > 0 && after !== entry; left--) {
      // What is empty is the same however often it stands there.
      after = entry;
      entry = element(repeated, entry);
    }
    return entry;
  }

  /** Any number of times: the way back is known once the part is there. */
  function loop(repeated: AST.Element, next: number): number {
    const entry = add({ type: "match" });
    instructions[entry] = { type: "split", next: element(repeated, entry), other: next };
    return entry;
  }

  function refuse(what: string, part: AST.Node): never {
    throw new PatternError(
      `the pattern ${short(source)} has ${what}, ${short(part.raw)}, which can take more than linear time`,
    );
  }
}

/** Whether {@link compileProgram} takes it. */
export function isLinearPattern(source: string): boolean {
  try {
    compileProgram(source);
    return true;
  } catch (error) {
    if (error instanceof PatternError) return false;
    throw error;
  }
}

function parse(source: string): AST.Pattern {
  try {
    return new RegExpParser({ ecmaVersion: 2025 }).parsePattern(source, 0, source.length, { unicode: true });
  } catch (error) {
    throw new PatternError(`${short(source)} is no pattern: ${error instanceof Error ? error.message : error}`);
  }
}

function short(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}...` : text);
}

const ascii = Array.from({ length: 128 }, (_, codePoint) => codePoint);
/** A power of two: how many code points beyond ASCII a class remembers. */
const remembered = 256;

/** The platform's own engine says what a class holds: by one code point it can't be slow, and nobody knows Unicode better. */
function characterTest(part: AST.Character | AST.CharacterSet | AST.CharacterClass): CharacterTest {
  if (part.type === "Character") {
    const { value } = part;
    return (codePoint) => codePoint === value;
  }
  const native = new RegExp(`^${part.raw}$`, "u");
  const known = Uint8Array.from(ascii, (codePoint) => Number(native.test(String.fromCharCode(codePoint))));
  /** What it last said of code points that end in the same bits: twice the code point, and one more for yes. */
  const answers = new Int32Array(remembered);
  return (codePoint) => {
    if (codePoint < 128) return known[codePoint] === 1;
    const slot = codePoint % remembered;
    const answer = answers[slot] ?? 0;
    if (answer >> 1 === codePoint) return (answer & 1) === 1;
    const isIn = native.test(String.fromCodePoint(codePoint));
    answers[slot] = codePoint * 2 + Number(isIn);
    return isIn;
  };
}
