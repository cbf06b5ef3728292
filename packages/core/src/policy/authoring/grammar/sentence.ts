import type { Condition, Meaning } from "../meaning.ts";
import { attribute, conditions } from "./conditions.ts";
import { either, fail, many, map, maybe, type Parser, phrase, type Reading, rule, sequence } from "./parser.ts";
import { access, type Deed, deeds, object, passive } from "./toolPhrases.ts";
import { exceptWords, type Who, who } from "./who.ts";

/** A clause with one effect, and which of the sentence's tokens it is. */
export interface Clause {
  readonly meaning: Meaning;
  readonly from: number;
  readonly to: number;
}

interface Circumstances {
  readonly conditions: readonly Condition[];
  readonly exceptions: readonly Condition[];
  readonly who?: Who;
  /** "Only if", "only for". */
  readonly only?: true;
}

const comma = maybe(phrase(","));

const whenever = phrase(
  "if",
  "when",
  "whenever",
  "where",
  "as long as",
  "so long as",
  "provided",
  "provided that",
  "on condition that",
  "in case",
  "only if",
  "only when",
  "only where",
  "if and only if",
  "but only if",
  "but only when",
  "given that",
  "only as long as",
);

const conditional = map(
  sequence(comma, whenever, conditions),
  ([, word, one]): Circumstances => ({
    conditions: [one],
    exceptions: [],
    ...(word.includes("only") ? { only: true } : {}),
  }),
);

const exception = map(
  sequence(
    comma,
    phrase("unless", "except if", "except when", "except where", "but not if", "but not when", "except in case"),
    conditions,
  ),
  ([, , one]): Circumstances => ({ conditions: [], exceptions: [one] }),
);

/** Except for whom: people who are told by something. */
const exceptPeople: Parser<Circumstances> = (input, at) =>
  sequence(
    comma,
    exceptWords,
    maybe(phrase("for", "by")),
    who,
  )(input, at).flatMap(({ value: [, , , some], next }) => {
    const [one] = some;
    return one ? [{ value: { conditions: [], exceptions: [one] }, next }] : fail(input, at, "everyone is excepted");
  });

const attributes = map(
  sequence(maybe(phrase("only")), attribute),
  ([only, one]): Circumstances => ({ conditions: [one], exceptions: [], ...(only ? { only: true } : {}) }),
);

const forWhom = map(
  sequence(maybe(phrase("only")), phrase("for", "by", "to"), who),
  ([first, , some]): Circumstances => ({
    conditions: [],
    exceptions: [],
    who: some,
    ...(first ? { only: true } : {}),
  }),
);

/** What follows the deed, in any order: all of it holds together. Without people where the sentence has named them. */
function circumstances(withPeople: boolean): Parser<Circumstances> {
  const one = withPeople
    ? either(attributes, conditional, exception, exceptPeople, forWhom)
    : either(attributes, conditional, exception, exceptPeople);
  return (input, at) =>
    many(one, 5)(input, at).flatMap(({ value, next }) => {
      const people = value.flatMap((circumstance) => (circumstance.who ? [circumstance.who] : []));
      if (people.length > 1) return [];
      return [
        {
          value: {
            conditions: value.flatMap((circumstance) => circumstance.conditions),
            exceptions: value.flatMap((circumstance) => circumstance.exceptions),
            ...(people[0] ? { who: people[0] } : {}),
            ...(value.some((circumstance) => circumstance.only) ? { only: true } : {}),
          },
          next,
        },
      ];
    });
}

const after = rule(() => circumstances(false));
const afterWithPeople = rule(() => circumstances(true));

function meaning(effect: Meaning["effect"], only: boolean, people: Who, deed: Deed, around: Circumstances): Meaning {
  return {
    effect,
    only: only || around.only === true,
    tools: deed.tools,
    conditions: [...people, ...(around.who ?? []), ...deed.conditions, ...around.conditions],
    exceptions: around.exceptions,
  };
}

const please = maybe(phrase("please", "pls", "always", "also"));
const only = maybe(phrase("only"));

const allow = phrase("allow", "permit", "let", "enable", "authorize", "authorise");
const deny = phrase(
  "deny",
  "forbid",
  "block",
  "prohibit",
  "disallow",
  "prevent",
  "stop",
  "reject",
  "refuse",
  "do not allow",
  "do not let",
  "do not permit",
  "never allow",
  "never let",
  "never permit",
  "do not ever allow",
);

/** "Allow users with role admin to delete files", "block refunds over $500". */
const imperative: Parser<Meaning> = rule(() =>
  either(
    map(
      sequence(please, only, allow, only, who, maybe(phrase("to")), deeds, after),
      ([, first, , second, some, , deed, around]) =>
        meaning("permit", (first ?? second) !== undefined, some, deed, around),
    ),
    map(
      sequence(
        please,
        only,
        phrase("allow", "permit", "grant", "give"),
        only,
        who,
        phrase("access to", "the use of", "use of"),
        access,
        after,
      ),
      ([, first, , second, some, , deed, around]) =>
        meaning("permit", (first ?? second) !== undefined, some, deed, around),
    ),
    map(sequence(please, only, allow, only, object, afterWithPeople), ([, first, , second, deed, around]) =>
      meaning("permit", (first ?? second) !== undefined, [], deed, around),
    ),
    map(
      sequence(please, phrase("grant", "give"), phrase("access to"), access, phrase("to"), who, after),
      ([, , , deed, , some, around]) => meaning("permit", false, some, deed, around),
    ),
    map(sequence(please, deny, who, maybe(phrase("to", "from")), deeds, after), ([, , some, , deed, around]) =>
      meaning("forbid", false, some, deed, around),
    ),
    map(sequence(please, deny, who, phrase("access to"), access, after), ([, , some, , deed, around]) =>
      meaning("forbid", false, some, deed, around),
    ),
    map(sequence(please, deny, object, afterWithPeople), ([, , deed, around]) =>
      meaning("forbid", false, [], deed, around),
    ),
    map(sequence(please, phrase("do not", "never", "no one may", "do not ever"), deeds, after), ([, , deed, around]) =>
      meaning("forbid", false, [], deed, around),
    ),
    map(sequence(phrase("no"), object, afterWithPeople), ([, deed, around]) =>
      meaning("forbid", false, [], deed, around),
    ),
    // "Don't allow it if it's more than $5 million", after a sentence that says what.
    map(sequence(please, deny, maybe(phrase("it", "this", "that")), after), ([, , , around]) =>
      meaning("forbid", false, [], { tools: { kind: "it" }, conditions: [] }, around),
    ),
  ),
);

const participle = "allowed|permitted|authorized|authorised".split("|");
const may = phrase(
  "may",
  "can",
  "is able to",
  "are able to",
  "should be able to",
  "should be allowed to",
  "shall be allowed to",
  "shall be able to",
  "have permission to",
  "has permission to",
  "have the right to",
  "are entitled to",
  "is entitled to",
  ...participle.flatMap((one) => [`is ${one} to`, `are ${one} to`]),
);
const mayOnly = phrase(
  "may only",
  "can only",
  "should only be able to",
  ...participle.flatMap((one) => [`is only ${one} to`, `are only ${one} to`, `should only be ${one} to`]),
);
const mayNot = phrase(
  "may not",
  "may never",
  "can not",
  "can never",
  "must not",
  "must never",
  "should not",
  "should never",
  "shall not",
  "shall never",
  "is not able to",
  "are not able to",
  "should not be able to",
  "should not be allowed to",
  "must not be able to",
  "must not be allowed to",
  "do not have permission to",
  "is forbidden to",
  "are forbidden to",
  "is forbidden from",
  "are forbidden from",
  "is prohibited from",
  "are prohibited from",
  "are barred from",
  "are blocked from",
  "must be prevented from",
  "are never allowed to",
  "is never allowed to",
  ...participle.flatMap((one) => [`is not ${one} to`, `are not ${one} to`]),
);

const nobody = either(
  phrase("nobody", "no one", "none of the users"),
  phrase(
    "no user",
    "no users",
    "no principal",
    "no principals",
    "no caller",
    "no callers",
    "no person",
    "no agent",
    "no agents",
    "no member",
    "no members",
  ),
);

/** Nobody, or nobody of a kind: "no user in the sales department". */
const noWho: Parser<Who> = rule(() =>
  either<Who>(
    map(nobody, () => []),
    (input, at) => (input.tokens[at]?.lower === "no" ? who(input, at + 1) : []),
    // "No one except users with role admin."
    (input, at) =>
      sequence(
        nobody,
        comma,
        phrase("except", "except for", "but", "other than", "apart from", "besides"),
        who,
      )(input, at).flatMap(({ value: [, , , some], next }) => {
        const [condition] = some;
        return condition ? [{ value: [{ kind: "except" as const, condition }], next }] : [];
      }),
  ),
);

/** "Users in the finance department may run the risk model". */
const declarative: Parser<Meaning> = rule(() =>
  either(
    map(sequence(only, who, may, deeds, after), ([first, some, , deed, around]) =>
      meaning("permit", first !== undefined, some, deed, around),
    ),
    (input, at) =>
      sequence(
        only,
        who,
        mayOnly,
        deeds,
        after,
      )(input, at).flatMap(({ value: [first, some, , deed, around], next }) =>
        // Only what? Without a condition, no other tool is meant, and that takes another policy than one that permits.
        [...deed.conditions, ...around.conditions, ...around.exceptions].length === 0
          ? fail(input, at, '"only" must be about who or about a condition')
          : [{ value: meaning("permit", first !== undefined, some, deed, around), next }],
      ),
    map(
      sequence(
        only,
        who,
        phrase("have access to", "has access to", "should have access to", "may have access to", "can have access to"),
        access,
        after,
      ),
      ([first, some, , deed, around]) => meaning("permit", first !== undefined, some, deed, around),
    ),
    map(sequence(who, mayNot, deeds, after), ([some, , deed, around]) => meaning("forbid", false, some, deed, around)),
    map(
      sequence(
        who,
        phrase(
          "do not have access to",
          "does not have access to",
          "must not have access to",
          "should not have access to",
          "have no access to",
          "are denied access to",
          "may not have access to",
        ),
        access,
        after,
      ),
      ([some, , deed, around]) => meaning("forbid", false, some, deed, around),
    ),
    map(sequence(noWho, may, deeds, after), ([some, , deed, around]) => meaning("forbid", false, some, deed, around)),
    map(
      sequence(
        noWho,
        phrase("has access to", "may have access to", "should have access to", "can have access to"),
        access,
        after,
      ),
      ([some, , deed, around]) => meaning("forbid", false, some, deed, around),
    ),
  ),
);

const isAllowed = either(phrase("is", "are", "shall be", "should be", "must be", "may be"));
const yes = phrase("allowed", "permitted", "authorized", "ok", "enabled", "possible");
const no = phrase(
  "forbidden",
  "prohibited",
  "denied",
  "blocked",
  "disallowed",
  "not allowed",
  "not permitted",
  "never allowed",
  "never permitted",
  "rejected",
  "refused",
  "not authorized",
  "not possible",
);

/** "Refunds over $500 are forbidden", "access to the risk model is restricted to users with role admin". */
const passively: Parser<Meaning> = rule(() => {
  const subject = sequence(maybe(phrase("all", "any")), object, circumstances(false));
  const joinedUp = (one: Circumstances, other: Circumstances): Circumstances => ({
    conditions: [...one.conditions, ...other.conditions],
    exceptions: [...one.exceptions, ...other.exceptions],
    ...(other.who ? { who: other.who } : {}),
    ...(one.only || other.only ? { only: true } : {}),
  });
  return either(
    map(sequence(subject, isAllowed, only, yes, afterWithPeople), ([[, deed, before], , first, , around]) =>
      meaning("permit", first !== undefined, [], deed, joinedUp(before, around)),
    ),
    map(sequence(subject, isAllowed, no, afterWithPeople), ([[, deed, before], , , around]) =>
      meaning("forbid", false, [], deed, joinedUp(before, around)),
    ),
    map(
      sequence(
        subject,
        isAllowed,
        phrase("restricted to", "limited to", "reserved for", "only for", "available only to"),
        who,
        after,
      ),
      ([[, deed, before], , , some, around]) => meaning("permit", true, some, deed, joinedUp(before, around)),
    ),
    map(
      sequence(
        passive(phrase("may be", "can be", "should be", "is allowed to be", "are allowed to be")),
        afterWithPeople,
      ),
      ([{ deed, attributes: own }, around]) =>
        meaning("permit", false, [], deed, { ...around, conditions: [...own, ...around.conditions] }),
    ),
    map(
      sequence(passive(phrase("may only be", "can only be", "should only be", "must only be")), afterWithPeople),
      ([{ deed, attributes: own }, around]) =>
        meaning("permit", true, [], deed, { ...around, conditions: [...own, ...around.conditions] }),
    ),
    map(
      sequence(
        passive(
          phrase(
            "may not be",
            "can not be",
            "must not be",
            "should not be",
            "shall not be",
            "may never be",
            "can never be",
            "must never be",
            "should never be",
          ),
        ),
        afterWithPeople,
      ),
      ([{ deed, attributes: own }, around]) =>
        meaning("forbid", false, [], deed, { ...around, conditions: [...own, ...around.conditions] }),
    ),
  );
});

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
        phrase("if", "when", "whenever", "where", "as long as", "provided that", "provided"),
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
    return [{ value: clauses, next }];
  });
