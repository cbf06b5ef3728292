import type { Condition, Meaning } from "../meaning.ts";
import type { Token } from "../tokens.ts";
import { comma } from "./circumstances.ts";
import { conditions } from "./conditions.ts";
import { declarative } from "./declarative.ts";
import { imperative } from "./imperative.ts";
import { anyOf, either, fail, many, map, maybe, type Parser, phrase, type Reading, rule, sequence } from "./parser.ts";
import { passively } from "./passive.ts";

/** A clause with one effect, and which of the sentence's tokens it is. */
export interface Clause {
  readonly meaning: Meaning;
  readonly from: number;
  readonly to: number;
}

const isThey = (one: Condition) => one.kind === "atom" && one.subject.kind === "they";

/** Whether all of a condition is about the user, whom "they" then stands for. */
function isOfUsers(one: Condition): boolean {
  if (one.kind === "atom") return one.subject.kind === "claim" || one.subject.kind === "id";
  if (one.kind === "not" || one.kind === "except") return isOfUsers(one.condition);
  return one.conditions.every(isOfUsers);
}

/** "If the environment is staging, any user may deploy a service". */
const conditioned: Parser<Meaning> = rule(() =>
  either<Meaning>(
    map(
      sequence(
        anyOf("if|when|whenever|where|as long as|provided that|provided"),
        conditions,
        maybe(phrase(",", "then", ", then")),
        simpleClause,
      ),
      ([, one, , then]) => ({
        ...then,
        conditions: [one, ...(isOfUsers(one) ? then.conditions.filter((other) => !isThey(other)) : then.conditions)],
      }),
    ),
    map(sequence(phrase("unless"), conditions, comma, simpleClause), ([, one, , then]) => ({
      ...then,
      exceptions: [one, ...then.exceptions],
    })),
  ),
);

const simpleClause: Parser<Meaning> = rule(() => either(imperative, declarative, passively));
const clause: Parser<Clause> = rule(
  () => (input, at) =>
    either(simpleClause, conditioned)(input, at).map(({ value, next }) => ({
      value: { meaning: value, from: at, to: next },
      next,
    })),
);

const end: Parser<unknown> = (input, at) => {
  if (at >= input.tokens.length) return [{ value: undefined, next: at }];
  const rest = input.tokens.slice(at);
  if (rest.every(({ lower }) => /^[.!;]$/.test(lower))) return [{ value: undefined, next: input.tokens.length }];
  input.whole = Math.max(input.whole, at);
  return fail(input, at);
};

/** Every reading of a sentence as clauses, of which no token is left over. */
export const sentence: Parser<readonly Clause[]> = (input, at): readonly Reading<readonly Clause[]>[] =>
  sequence(
    clause,
    many(sequence(phrase("and", ", and", ","), clause), 6),
    end,
  )(input, at).flatMap(({ value: [first, rest], next }) => {
    const clauses = [first, ...rest.map(([, one]) => one)];
    const last = clauses.at(-1);
    const conditionsOf = ({ meaning }: Clause) => meaning.conditions.length + meaning.exceptions.length;
    // "Allow this and forbid that if ...": a condition at the end may be meant for all of it.
    const dangling = rest.at(-1)?.[0] === "and" && last && conditionsOf(last) > 0 && conditionsOf(first) === 0;
    if (dangling)
      return fail(
        input,
        at,
        "it is not clear whether the condition at the end is about all of it; write sentences of their own",
      );
    if (clauses.length > 1 && isConditionShared(input.tokens, clauses))
      return fail(
        input,
        next,
        "it is not clear whether the condition at the beginning or at the end is about all of it; write sentences of their own",
      );
    return [{ value: clauses, next }];
  });

const conditional = new Set("if when whenever where unless provided except only".split(" "));

/** "If ..., this is allowed and that is forbidden"; "this is allowed, and that is forbidden, if ...". */
function isConditionShared(tokens: readonly Token[], clauses: readonly Clause[]): boolean {
  const begins = clauses.map(
    ({ from }) => conditional.has(tokens[from]?.lower ?? "") && tokens[from]?.lower !== "only",
  );
  const has = clauses.map(({ from, to }) => tokens.slice(from + 1, to).some(({ lower }) => conditional.has(lower)));
  return begins.slice(0, -1).includes(true) || (has.at(-1) === true && !has.slice(0, -1).includes(true));
}
