import { currencyOf } from "./numbers.ts";
import { stem, stemsOf, wordsOf } from "./stems.ts";
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
  if (isTurned(parameter, stems)) return 0;
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

/** Words of a parameter's name that turn or bound what its other words say: `exclude_region` is no region of the call. */
const turning = new Set(
  "max min maximum minimum exclude excluded excluding except without no not non skip ignore omit disable require required need pending forbidden blocked denied banned"
    .split(" ")
    .map(stem),
);

/** Whether a parameter's name has such a word that is not among those said. */
export function isTurned({ stems }: Parameter, said: readonly string[] = []): boolean {
  return stems.some((one) => turning.has(one) && !said.includes(one));
}

/** Parameters that are bounds themselves: "with a limit of 100" may mean just that limit, or none above it. */
const bounds = new Set("limit max min maximum minimum cap ceiling floor".split(" ").map(stem));

/** Whether a number that is said to be this parameter's may be meant as a bound. */
export function isBound({ stems }: Parameter): boolean {
  return stems.some((one) => bounds.has(one));
}

export function isNumeric({ type }: Parameter): boolean {
  return type.kind === "long" || type.kind === "decimal";
}

/** The parameter that an amount is of where none is named, as in "refunds up to $500" or "10 days". */
export function parameterOfAmount(unit: Token | undefined, hasCurrency: boolean, tool: Tool): Parameter {
  const numeric = tool.parameters.filter((one) => isNumeric(one) && !isTurned(one));
  const counted = unit ? numeric.filter((one) => counts(one, unit)) : [];
  if (unit) {
    const [only] = counted;
    if (only && counted.length === 1) return only;
    refuse(`"${unit.text}" is nothing that a parameter of ${tool.name} counts; ${numericOf(numeric)}`);
  }
  const money = numeric.filter((one) => isMoney(one) && !one.stems.some((stem) => partial.has(stem)));
  const sums = money.filter(({ stems }) => stems.includes(stem("amount")));
  const [only] = money.length === 1 ? money : sums;
  if (only && (money.length === 1 || sums.length === 1) && (hasCurrency || numeric.length === 1 || sums.length === 1))
    return only;
  refuse(`the amount must say of which parameter of ${tool.name} it is; ${numericOf(numeric)}`);
}

function numericOf(parameters: readonly Parameter[]): string {
  return parameters.length === 0 ? "none is a number" : `its numbers are ${listed(parameters.map(pathText), "and")}`;
}

/**
 * Whether a parameter counts these: by its name ("duration_minutes"), or by its description ("How many days"). In the
 * singular, a name is not of what is counted: `day_rate` and `year` count neither days nor years.
 */
export function counts({ path, description }: Parameter, { text, lower }: Token): boolean {
  if (currencyOf(lower) !== undefined) return false;
  const [, counted = ""] = /\b(?:how many|number of|count of|in) (\p{L}+)/iu.exec(description) ?? [];
  const counting = wordsOf(path.at(-1) ?? "").filter((word) => word.endsWith("s") || word === "percent");
  return counting.some((word) => stem(word) === stem(text)) || stem(counted) === stem(text);
}

/** Sums that a sum without a name is not: "$5000 for a contractor" is not what one day costs, nor what the bank charges. */
const partial = new Set("fee rate per unit tax tip discount balance limit".split(" ").map(stem));

const moneyStems = new Set(
  "amount price cost total sum payment fee budget salary wage value credit debit refund charge coverage claim premium dollars euros pounds usd eur gbp"
    .split(" ")
    .map(stem),
);

const currencies = new Set("dollars euros pounds usd eur gbp".split(" ").map(stem));

/** Whether a number is an amount of money, as far as its name and description say: a `credit_score` and a `cost_center` are none. */
export function isMoney({ stems, description }: Parameter): boolean {
  const described = stemsOf(description);
  if ([...stems, ...described].some((one) => currencies.has(one))) return !stems.includes("id");
  const isNamed = stems.some((one) => moneyStems.has(one));
  return isNamed ? moneyStems.has(stems.at(-1) ?? "") : described.some((one) => moneyStems.has(one));
}
