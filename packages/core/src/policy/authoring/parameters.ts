import { currencyOf } from "./numbers.ts";
import { stem, stemsOf } from "./stems.ts";
import type { Token } from "./tokens.ts";
import { listed, refuse } from "./untranslatable.ts";
import type { Parameter, Tool, Vocabulary } from "./vocabulary.ts";

/** Whether a word is one of some parameter's, or of some tool's, as in "the refund amount". */
export function isParameterWord(token: Token, vocabulary: Vocabulary): boolean {
  const known = parameterStems.get(vocabulary) ?? collect(vocabulary);
  parameterStems.set(vocabulary, known);
  return known.has(stem(token.text)) || stemsOf(token.text).every((one) => known.has(one));
}

const parameterStems = new WeakMap<Vocabulary, ReadonlySet<string>>();

function collect({ tools }: Vocabulary): ReadonlySet<string> {
  return new Set(
    tools.flatMap(({ stems, parameters }) => [
      ...stems,
      ...parameters.flatMap((one) => [...one.stems, ...one.above, ...describing(one)]),
    ]),
  );
}

/** The stems of a description up to its first comma. */
function describing({ description }: Parameter): string[] {
  return stemsOf(/^[^,.:;(]*/.exec(description)?.[0] ?? "").filter((one) => !fillers.has(one));
}

const fillers = new Set(
  "a an the of in is it its how what which whether to be or and for with has by".split(" ").map(stem),
);

/** What a value's kind says of the parameter it is for. */
export type Kind = "numeric" | "any";

/**
 * The parameter that words name in a tool. Its own words must be among them, and each further word must be one of the
 * tool's, of the objects around it, or of its description. Only a number may be named by a part that isn't the last: "coverage"
 * for `coverage_amount`, because "the applicant" is not `applicant_region`.
 *
 * @throws {Untranslatable} if there is none, or more than one that could be meant.
 */
export function parameterNamed(words: readonly Token[], kind: Kind, tool: Tool): Parameter {
  const text = words.map((word) => word.text).join(" ");
  const exact = tool.parameters.filter(({ path }) => isSpelled(text, path));
  const fitting =
    exact.length > 0
      ? exact
      : best(
          words.flatMap((word) => stemsOf(word.text)),
          kind,
          tool,
        );
  const [only, another] = fitting;
  if (only && another === undefined) return only;
  const known = tool.parameters.map(pathText);
  if (only) refuse(`"${text}" may mean ${listed(fitting.map(pathText))} of ${tool.name}`);
  refuse(`"${text}" is no parameter of ${tool.name}; it has ${known.length > 0 ? listed(known, "and") : "none"}`);
}

function isSpelled(text: string, path: readonly string[]): boolean {
  const wanted = text.toLowerCase();
  return path.join(".").toLowerCase() === wanted;
}

/** How a parameter is written for people. */
export function pathText({ path }: Parameter): string {
  return path.join(".");
}

function best(stems: readonly string[], kind: Kind, tool: Tool): Parameter[] {
  const ranked = tool.parameters.map((parameter) => ({ parameter, rank: rankOf(stems, parameter, kind, tool) }));
  const highest = Math.max(0, ...ranked.map(({ rank }) => rank));
  return highest === 0 ? [] : ranked.filter(({ rank }) => rank === highest).map(({ parameter }) => parameter);
}

function rankOf(stems: readonly string[], parameter: Parameter, kind: Kind, tool: Tool): number {
  const own = stems.filter((one) => parameter.stems.includes(one));
  const described = describing(parameter);
  const around = [...parameter.above, ...tool.stems, ...described];
  if (own.length === 0 || stems.some((one) => !parameter.stems.includes(one) && !around.includes(one))) return 0;
  const isWhole = parameter.stems.every((one) => stems.includes(one));
  const byName = stems.every(
    (one) => parameter.stems.includes(one) || parameter.above.includes(one) || tool.stems.includes(one),
  );
  const named = stems.length === own.length;
  if (isWhole) return named ? 4 : byName ? 3 : 2;
  const head = parameter.stems.at(-1) ?? "";
  if (stems.includes(head)) return byName ? 2 : 1;
  return kind === "numeric" && isNumeric(parameter) && named ? 1 : 0;
}

export function isNumeric({ type }: Parameter): boolean {
  return type.kind === "long" || type.kind === "decimal";
}

/** The parameter that an amount is of where none is named, as in "refunds up to $500" or "10 days". */
export function parameterOfAmount(unit: Token | undefined, hasCurrency: boolean, tool: Tool): Parameter {
  const numeric = tool.parameters.filter(isNumeric);
  const counted = unit ? numeric.filter((one) => counts(one, unit)) : [];
  if (unit) {
    const [only] = counted;
    if (only && counted.length === 1) return only;
    refuse(`"${unit.text}" is nothing that a parameter of ${tool.name} counts; ${numericOf(numeric)}`);
  }
  const money = numeric.filter(isMoney);
  const sums = money.filter(({ stems }) => stems.includes(stem("amount")));
  const [only] = money.length === 1 ? money : sums;
  if (only && (money.length === 1 || sums.length === 1) && (hasCurrency || numeric.length === 1 || sums.length === 1))
    return only;
  refuse(`the amount must say of which parameter of ${tool.name} it is; ${numericOf(numeric)}`);
}

function numericOf(parameters: readonly Parameter[]): string {
  return parameters.length === 0 ? "none is a number" : `its numbers are ${listed(parameters.map(pathText), "and")}`;
}

/** Whether a parameter counts these: by its name ("duration_minutes"), or by its description ("How many days"). */
export function counts({ stems, description }: Parameter, { text, lower }: Token): boolean {
  if (currencyOf(lower) !== undefined) return false;
  const [, counted = ""] = /\b(?:how many|number of|count of|in) (\p{L}+)/iu.exec(description) ?? [];
  return stems.includes(stem(text)) || stem(counted) === stem(text);
}

const moneyStems = new Set(
  "amount price cost total sum payment fee budget salary wage value credit debit refund charge coverage claim premium dollars euros pounds usd eur gbp"
    .split(" ")
    .map(stem),
);

/** Whether a number is an amount of money, as far as its name and description say. */
export function isMoney({ stems, description }: Parameter): boolean {
  return [...stems, ...stemsOf(description)].some((one) => moneyStems.has(one)) && !stems.includes("id");
}
