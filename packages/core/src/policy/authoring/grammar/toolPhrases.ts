import { determiners, structural, toolNouns } from "../lexicon.ts";
import type { Condition, ToolScope } from "../meaning.ts";
import type { Token } from "../tokens.ts";
import { type Form, findTool } from "../tools.ts";
import { longestPhrase, mayGoOn } from "../toolWords.ts";
import { listed } from "../untranslatable.ts";
import { attribute, counted } from "./conditions.ts";
import {
  either,
  fail,
  type Input,
  many,
  map,
  maybe,
  type Parser,
  phrase,
  type Reading,
  rule,
  sequence,
  token,
} from "./parser.ts";

/** Tools, and what the words for them say besides. */
export interface Deed {
  readonly tools: ToolScope;
  readonly conditions: readonly Condition[];
  /** Several deeds, each with an object of its own: "read files and delete files". */
  readonly several?: true;
}

/** Words, as many as may be, that mean one tool. */
function toolWords(form: Form): Parser<Deed> {
  return (input, at) => {
    const readings: Reading<Deed>[] = [];
    for (let next = at + 1; next <= Math.min(at + longestPhrase, input.tokens.length); next++) {
      const words = input.tokens.slice(at, next);
      const last = words.at(-1);
      if (!last || last.kind === "number" || last.kind === "sign" || !mayGoOn(words, input.vocabulary)) {
        if (last?.kind === "word" && !structural.has(last.lower) && readings.length === 0)
          fail(input, next - 1, unknown(last, input));
        break;
      }
      if (determiners.has(last.lower)) continue;
      const found = findTool(words, form, input.vocabulary);
      if ("reason" in found) fail(input, next, found.reason);
      else
        readings.push({ value: { tools: { kind: "tools", tools: found.tools }, conditions: found.conditions }, next });
    }
    return readings;
  };
}

function unknown({ text }: Token, { vocabulary }: Input): string {
  return `"${text}" says nothing that is known here; the tools are ${listed(vocabulary.tools.map(({ name }) => name))}`;
}

const thing = rule(() => toolWords("thing"));
const named = rule(() => toolWords("either"));
const deed = rule(() => toolWords("verb"));

const toolNoun = token(({ lower }) => toolNouns.has(lower));

/** "All tools", "anything", "any tool of the CalendarTarget". */
const allTools: Parser<Deed> = rule(() =>
  either(
    map(
      sequence(
        phrase("all", "any", "every", "each", "all the", "all of the"),
        toolNoun,
        maybe(phrase("of the gateway", "on the gateway", "of this gateway")),
      ),
      () => everything,
    ),
    map(phrase("everything", "anything", "all calls", "any call"), () => everything),
    (input, at) =>
      sequence(
        phrase("all", "any", "every", "each", "the", "all the", "all of the"),
        toolNoun,
        phrase("of", "in", "from", "on"),
        maybe(phrase("the", "target", "the target")),
        token(({ kind }) => kind !== "sign"),
        maybe(phrase("target")),
      )(input, at).flatMap(({ value: [, , , , { text }], next }) => {
        const target = [...input.vocabulary.tools].find(
          (tool) => tool.target?.toLowerCase() === text.toLowerCase(),
        )?.target;
        return target === undefined
          ? fail(input, next - 1, `"${text}" is no target of the gateway`)
          : [{ value: { tools: { kind: "target" as const, target }, conditions: [] }, next }];
      }),
  ),
);

const everything: Deed = { tools: { kind: "all" }, conditions: [] };

const lightVerb = phrase(
  "use",
  "call",
  "invoke",
  "access",
  "run",
  "execute",
  "using",
  "calling",
  "invoking",
  "accessing",
  "do",
  "doing",
);

/** "Request at most 5 days of vacation leave": the amount stands between the verb and its object. */
const withAmountInside: Parser<Deed> = rule(() => (input, at) => {
  const verb = input.tokens[at];
  if (verb?.kind !== "word" || !mayGoOn([verb], input.vocabulary)) return [];
  return counted(input, at + 1).flatMap(({ value: amount, next: object }) => {
    // The verb and its object are what they would be without the amount.
    const tokens = [...input.tokens.slice(0, at + 1), ...input.tokens.slice(object)];
    const rest = { ...input, tokens, known: new Map(), failure: { at: 0, reasons: new Set<string>() } };
    return toolWords("verb")(rest, at).flatMap(({ value, next }) =>
      next > at + 1
        ? [{ value: { ...value, conditions: [...value.conditions, amount] }, next: next + object - at - 1 }]
        : [],
    );
  });
});

/** What one does: "create applications", "use the risk model", "call all tools". */
const one: Parser<Deed> = rule(() =>
  either(
    deed,
    withAmountInside,
    map(sequence(lightVerb, allTools), ([, all]) => all),
    map(phrase("do anything", "do everything"), () => everything),
  ),
);

export const access: Parser<Deed> = rule(() => joined(either(allTools, thing)));

/** What is allowed, as a noun: "refunds", "creating applications", "the approval tool", "all tools". */
export const object: Parser<Deed> = rule(() =>
  joined(
    either(
      allTools,
      named,
      map(sequence(lightVerb, allTools), ([, all]) => all),
      map(sequence(phrase("access to", "use of", "calls to", "calls of"), either(allTools, thing)), ([, it]) => it),
    ),
  ),
);

/** Deeds in a row: "create applications and invoke the risk model". */
export const deeds: Parser<Deed> = rule(() => {
  const withObject: Parser<Deed> = (input, at) =>
    one(input, at).map(({ value, next }) => ({ value: next > at + 1 ? { ...value, several: true } : value, next }));
  return joined(withObject);
});

function joined(item: Parser<Deed>): Parser<Deed> {
  const more = sequence(phrase("and", "or", ",", ", and", ", or", "and to", "or to"), item);
  return (input, at) =>
    sequence(item, many(more, 8))(input, at).flatMap(({ value: [{ several, ...first }, rest], next }) => {
      const all = [first, ...rest.map(([, one]) => one)];
      if (rest.length === 0) return [{ value: first, next }];
      if (rest.at(-1)?.[0] === ",") return [];
      const tools = all.flatMap((deed) => (deed.tools.kind === "tools" ? deed.tools.tools : []));
      // What is said of one of them would be said of all.
      if (all.some((deed) => deed.tools.kind !== "tools" || deed.conditions.length > 0)) {
        return fail(input, at, "several tools with conditions of their own; write a sentence for each");
      }
      const scope: ToolScope = { kind: "tools", tools: [...new Set(tools)] };
      return [{ value: { tools: scope, conditions: [], ...(several ? { several } : {}) }, next }];
    });
}

/** "Files may be deleted": the object, then the verb in the passive. @param between what stands between them. */
export function passive<T>(between: Parser<T>): Parser<{ deed: Deed; between: T; attributes: readonly Condition[] }> {
  return (input, at) => {
    const readings = [];
    for (let end = at + 1; end <= Math.min(at + longestPhrase, input.tokens.length); end++) {
      const words = input.tokens.slice(at, end);
      if (words.some(({ kind }) => kind === "sign" || kind === "number") || !mayGoOn(words, input.vocabulary)) break;
      for (const { value: attributes, next: middle } of many(attribute, 3)(input, end)) {
        for (const { value, next } of between(input, middle)) {
          const participle = input.tokens[next];
          if (participle?.kind !== "word") continue;
          const deed = [participle, ...words];
          const found = /^(used|called|invoked|accessed|run|executed)$/.test(participle.lower)
            ? findTool(words, "thing", input.vocabulary)
            : findTool(deed, "verb", input.vocabulary);
          if ("reason" in found) fail(input, next, found.reason);
          else
            readings.push({
              value: {
                deed: { tools: { kind: "tools" as const, tools: found.tools }, conditions: found.conditions },
                between: value,
                attributes,
              },
              next: next + 1,
            });
        }
      }
    }
    return readings;
  };
}
