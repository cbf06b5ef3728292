/**
 * The deepest text that Cedar is given, as `depthOf` counts. Cedar reads, validates and evaluates by recursion, and its
 * stack in WebAssembly is small: when it overflows, Cedar is of no use to anybody until the process ends. Measured, it
 * overflows at 114 brackets, 361 operators in a row, or 400 `&&` or `||`; what people write stays below 30.
 */
export const deepest = 100;

/** What is wrong with a deeper one, for whoever wrote it. */
export const tooDeep =
  "is nested too deeply: at most 33 brackets inside each other, 100 operators in a row, or 200 && or || may be in one expression";

/** What each adds to the depth. */
const cost = { bracket: 3, operator: 1, connective: 0.4 } as const;

/** Texts and comments, where nothing counts, and then whatever opens, ends or joins expressions. */
const tokens =
  /"(?:\\.|[^"\\])*"?|\/\/[^\n\r]*|[([{]|[)\]}]|[,;]|&&|\|\||[<>=!]=|[-+*.!<>]|\b(?:when|unless|if|in|has|like|is)\b/gs;
/** What joins operands that don't reach over it: the conditions of a policy are joined as if by `&&`. */
const connectives: ReadonlySet<string> = new Set(["&&", "||", "when", "unless"]);

/** What is inside one pair of brackets, as far as it was read. */
interface Level {
  /** The deepest of what is complete: members of a list, policies of a text. */
  complete: number;
  /** The deepest operand of the `&&` and `||` that are being read, and how much these add. */
  joined: number;
  connectives: number;
  /** Conditionals reach over `&&` and `||`: each is inside the one before. */
  conditionals: number;
  /** The operand that is being read: its deepest brackets, and its operators, each of which may be above them. */
  inner: number;
  operators: number;
}

/**
 * How deep Cedar's expressions are nested in a text of policies, at most: an upper bound, found without parsing, in time
 * that grows with the text's length only (T11).
 */
export function depthOf(text: string): number {
  let level = emptyLevel();
  const outer: Level[] = [];
  for (const [token] of text.matchAll(tokens)) {
    if (token.startsWith('"') || token.startsWith("//")) continue;
    if ("([{".includes(token)) {
      // An index, as in `a["b"]["c"]`, has what is indexed inside it.
      if (token === "[") level.operators += 1;
      outer.push(level);
      level = emptyLevel();
    } else if (")]}".includes(token)) {
      const inner = total(level) + cost.bracket;
      level = outer.pop() ?? emptyLevel();
      level.inner = Math.max(level.inner, inner);
    } else if (token === "," || token === ";") level = { ...emptyLevel(), complete: total(level) };
    else if (connectives.has(token)) {
      const { operators: _, inner: __, ...rest } = level;
      level = { ...rest, joined: operand(level), connectives: level.connectives + 1, operators: 0, inner: 0 };
    } else if (token === "if") level.conditionals += 1;
    else level.operators += 1;
  }
  // What was opened and never closed is as deep as if it were closed at the end.
  return outer.reduceRight((inner, above) => {
    above.inner = Math.max(above.inner, inner + cost.bracket);
    return total(above);
  }, total(level));
}

function emptyLevel(): Level {
  return { complete: 0, joined: 0, connectives: 0, conditionals: 0, inner: 0, operators: 0 };
}

function operand({ joined, inner, operators }: Level): number {
  return Math.max(joined, inner + operators * cost.operator);
}

function total(level: Level): number {
  const { complete, connectives, conditionals } = level;
  const open = operand(level) + connectives * cost.connective + conditionals * cost.operator;
  return Math.max(complete, open);
}
