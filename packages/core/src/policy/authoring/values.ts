import type { Value } from "./facts.ts";
import { describing, relative, severalPeople } from "./lexicon.ts";
import type { Written } from "./meaning.ts";
import type { Amount } from "./numbers.ts";
import { counts, isMoney, pathText } from "./parameters.ts";
import { stem, stemsOf } from "./stems.ts";
import type { Token } from "./tokens.ts";
import { listed, refuse } from "./untranslatable.ts";
import type { Parameter } from "./vocabulary.ts";

/** The value that a text writes for a parameter. @throws {Untranslatable} if it is none of the parameter's type. */
export function valueFor(written: Written, parameter: Parameter): Value {
  const { token } = written;
  const { type } = parameter;
  switch (type.kind) {
    case "long":
    case "decimal":
      return numberFor(written, parameter);
    case "bool":
      return {
        kind: "bool",
        value: truthOf(token) ?? refuse(`${pathText(parameter)} is true or false, not "${token.text}"`),
      };
    case "enum": {
      const value = memberNamed(token, parameter);
      if (value === undefined)
        refuse(`"${token.text}" is no value of ${pathText(parameter)}; it is ${listed(type.members)}`);
      return { kind: "member", entityType: type.entityType, value };
    }
    case "string":
      return { kind: "string", value: textFor(written, parameter) };
    default:
      return refuse(
        `${pathText(parameter)} is ${type.kind === "set" ? "a list: say what it contains" : `of a kind (${type.kind}) that can't be compared here`}`,
      );
  }
}

function truthOf({ kind, lower }: Token): boolean | undefined {
  if (kind !== "word") return undefined;
  return lower === "true" || lower === "yes" ? true : lower === "false" || lower === "no" ? false : undefined;
}

/** The member of an enumeration that a token names, in any case. */
export function memberNamed(token: Token, { type }: Parameter): string | undefined {
  if (type.kind !== "enum" || token.kind === "number") return undefined;
  if (type.members.has(token.text)) return token.text;
  const found = [...type.members].filter((member) => member.toLowerCase() === token.text.toLowerCase());
  return found.length === 1 ? found[0] : undefined;
}

/** Nothing that a policy is about is larger: Cedar's integers and decimals have 64 bits, JavaScript's are exact to here. */
const largest = BigInt(Number.MAX_SAFE_INTEGER);

/** The number that a text writes for a parameter. */
export function numberFor(
  { token, unit }: Written,
  parameter: Parameter,
): Extract<Value, { kind: "long" | "decimal" }> {
  const name = pathText(parameter);
  const { amount, text } = token;
  const { kind } = parameter.type;
  if (kind !== "long" && kind !== "decimal")
    return refuse(`${name} is no number, so it can't be compared with "${text}"`);
  if (!amount) return refuse(`${name} is a number, and "${text}" is none`);
  if (unit) checkUnit(unit, parameter);
  checkCurrency(amount, parameter);
  const { tenThousandths: scaled } = amount;
  if (scaled / 10_000n > largest || scaled / 10_000n < -largest) refuse(`${text} is too large`);
  if (kind === "decimal") {
    if (scaled >= 2n ** 63n || scaled < -(2n ** 63n)) refuse(`${text} is too large for a decimal`);
    return { kind, value: scaled };
  }
  if (scaled % 10_000n !== 0n) refuse(`${name} is a whole number, and ${text} is none`);
  return { kind, value: scaled / 10_000n };
}

function checkUnit(unit: Token, parameter: Parameter): void {
  if (!counts(parameter, unit))
    refuse(`${pathText(parameter)} is not known to count "${unit.text}", and nothing is converted`);
}

const currencyWords: Readonly<Record<NonNullable<Amount["currency"]>, readonly string[]>> = {
  dollars: ["dollar", "usd"],
  euros: ["euro", "eur"],
  pounds: ["pound", "gbp"],
};

/** A currency must not be another one than the parameter's, and the parameter must not count its hundredths or thousands. */
function checkCurrency({ currency }: Amount, parameter: Parameter): void {
  const name = pathText(parameter);
  if (currency === undefined) return;
  const words = [...parameter.stems, ...stemsOf(parameter.description)];
  const has = (one: string) => words.includes(stem(one));
  const minor = ["cents", "cent", "pence", "minor", "thousands", "thousand", "millions", "million"].find(has);
  if (minor !== undefined) refuse(`${name} counts ${minor}, and nothing is converted; write the plain number`);
  const others = Object.entries(currencyWords).filter(([one]) => one !== currency);
  const own = currencyWords[currency].some(has);
  const [other] = others.find(([, names]) => names.some(has)) ?? [];
  if (!own && other !== undefined) refuse(`${name} is in ${other}, not in ${currency}, and nothing is converted`);
  if (!own && !isMoney(parameter)) refuse(`${name} is not known to be an amount of money`);
}

/** A text for a parameter: quoted, or a word that can be nothing but a value. */
function textFor({ token }: Written, parameter: Parameter): string {
  const { kind, text, lower } = token;
  const name = pathText(parameter);
  if (kind === "quoted") return text;
  if (kind === "number")
    return refuse(`${name} is a text, and ${text} is a number; write it in quotes if the text is meant`);
  if (relative.has(lower))
    return refuse(`"${text}" is no value that ${name} could be compared with; write it in quotes if it is`);
  if (parameter.named.has(text)) return text;
  refuseDescribing(token);
  const other = [...parameter.named].find((one) => one.toLowerCase() === lower);
  if (other !== undefined) return refuse(`${name} knows "${other}"; write the one that is meant in quotes`);
  if (/\bcodes?\b/i.test(parameter.description) && /\p{Ll}/u.test(text)) {
    return refuse(`${name} is a code; if "${text}" is one, write it in quotes`);
  }
  // "Read-only" and "work-related" judge; "kube-system" is a name where the parameter's description has it.
  if (!/^\p{Ll}+(?:-\p{Ll}+)+$/u.test(text) && isProper(token)) return text;
  return refuse(`"${text}" may be a value of ${name} or a judgement; write it in quotes: ${name} is "${text}"`);
}

/** Words that stand for several values, or for all but one. @throws {Untranslatable} for these. */
function refuseDescribing({ text, lower }: Token): void {
  if (severalPeople.has(lower)) refuse(`"${text}" are people; write it in quotes if it is a value`);
  if (/[^/]\/[^/]/u.test(text) && !text.startsWith("/"))
    refuse(`"${text}" may be one value or several; write it in quotes, or the values with "or"`);
  if (/^non-|-(?:based|only|like|related|wide|owned|specific|free)$/iu.test(text))
    refuse(`"${text}" describes values and may be none; write "not" or the values, or put it in quotes`);
}

/** Capitals, digits or signs make a word a name: `US`, `eu-west-1`, `o_17`. A capital at the beginning of a sentence doesn't. */
function isProper({ text, start }: Token): boolean {
  return /[\p{N}_:@/-]/u.test(text) || (/\p{Lu}/u.test(text) && (start > 0 || /\p{Lu}.*\p{Lu}/u.test(text)));
}

/** The value that a text writes for a claim, in its case. */
export function claimValue(token: Token): string {
  const { kind, text, lower, start } = token;
  if (kind === "quoted") {
    if (text === "") refuse("an empty text is no value of a claim");
    return text;
  }
  if (kind === "number") return refuse(`claims are texts; write "${text}" in quotes`);
  if (relative.has(lower) || describing.has(lower))
    return refuse(`"${text}" is no value of a claim; write it in quotes if it is`);
  refuseDescribing(token);
  // The first word of a sentence has its capital from the sentence, perhaps.
  if (start === 0 && /^\p{Lu}\p{Ll}*$/u.test(text))
    refuse(`write "${lower}" or "${text}" in quotes, to say which is meant`);
  return text;
}
