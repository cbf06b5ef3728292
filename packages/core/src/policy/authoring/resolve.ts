import { claimNamed, claimOf } from "./claims.ts";
import type { Fact, Reference, Test } from "./facts.ts";
import type { Condition, Predicate, Subject, Written } from "./meaning.ts";
import { isBound, isNumeric, isTurned, parameterNamed, parameterOfAmount, pathText } from "./parameters.ts";
import { stem } from "./stems.ts";
import type { Token } from "./tokens.ts";
import { parameterAt } from "./tools.ts";
import { listed, refuse, Untranslatable } from "./untranslatable.ts";
import { claimValue, memberNamed, numberFor, valueFor } from "./values.ts";
import type { Parameter, Tool, Vocabulary } from "./vocabulary.ts";

/** What conditions are looked up in. */
export interface Scope {
  readonly vocabulary: Vocabulary;
  /** The tools of the sentence: a parameter must be one of each. */
  readonly tools: readonly Tool[];
  /** What "it" is. */
  readonly it: Parameter | undefined;
}

/** Several tools have the parameter, each with a type of its own. */
export class DifferentTypes extends Untranslatable {}

type Atom = Extract<Condition, { kind: "atom" }>;

/** Looks up the words of a condition. @throws {Untranslatable} for words that are not known, and values of another type. */
export function resolve(condition: Condition, scope: Scope): Fact {
  if (condition.kind === "not" || condition.kind === "except") {
    return { kind: condition.kind, fact: resolve(condition.condition, scope) };
  }
  if (condition.kind !== "atom") {
    return { kind: condition.kind, facts: condition.conditions.map((one) => resolve(one, scope)) };
  }
  const of = referenceOf(condition, scope);
  const [tool] = scope.tools;
  const owner = tool?.name ?? "the gateway";
  if (hasCurrency(condition.predicate)) refuseOtherCurrencies(scope.tools);
  return of.kind === "parameter"
    ? ofParameter(condition.predicate, of.parameter, owner)
    : ofClaim(condition.predicate, of);
}

function referenceOf(atom: Atom, scope: Scope): Reference {
  const { subject } = atom;
  if (subject.kind === "id") return { kind: "id" };
  if (subject.kind === "they") refuse('"they" has nobody to stand for; say who');
  if (subject.kind === "claim") {
    if (subject.inCondition) refuseOtherPeople(subject.words, scope);
    return claimReference(subject.words, scope);
  }
  if (subject.kind === "it") return { kind: "parameter", parameter: whatItIs(atom, scope) };
  return subject.kind === "words"
    ? named(subject, atom.predicate, scope)
    : inAll(scope, (tool) => ofTool(subject, atom, tool));
}

function claimReference(words: Extract<Subject, { kind: "claim" }>["words"], { vocabulary }: Scope): Reference {
  if (vocabulary.schema.principalType !== "AgentCore::OAuthUser") {
    refuse("callers of this gateway sign with SigV4 and have no claims; only their ids can be told apart");
  }
  return { kind: "claim", claim: claimOf(words, vocabulary) };
}

/**
 * Claims that are about users and nothing else. Of all others it must be said that the user's are meant: the title may be
 * that of a meeting.
 */
const claimsOfUsers = new Set(["department", "role", "username", "scope"]);

/** Words mean a parameter; or a claim of users, if no parameter of the gateway has them. */
function named(subject: Extract<Subject, { kind: "words" }>, predicate: Predicate, scope: Scope): Reference {
  const kind = isOfNumbers(predicate) ? "numeric" : "any";
  const claim = claimNamed(subject.words, scope.vocabulary) ?? "";
  const isClaim = claimsOfUsers.has(claim) && predicate.kind === "oneOf" && !hasParameter(claim, scope.vocabulary);
  if (isClaim) {
    refuseOtherPeople(subject.words, scope);
    return claimReference(subject.words, scope);
  }
  return inAll(scope, (tool) => parameterNamed(subject.words, kind, tool));
}

/** What `delete_user` deletes are users as well as who calls it. */
function refuseOtherPeople(words: readonly Token[], { tools }: Scope): void {
  const about = tools.find(({ stems }) => stems.some((one) => people.has(one)));
  const claim = words.map(({ text }) => text).join(" ");
  if (about) refuse(`it is not clear whose ${claim} is meant, the caller's or that of whom ${about.name} is about`);
}

const people = new Set("user person people member principal agent employee".split(" ").map(stem));

function hasParameter(word: string, { tools }: Vocabulary): boolean {
  return tools.some(({ parameters }) =>
    parameters.some(({ path, stems }) => stems.includes(stem(word)) || path.join("_").toLowerCase().includes(word)),
  );
}

function isOfNumbers({ kind }: Predicate): boolean {
  return kind === "compare" || kind === "between";
}

/** The same parameter in every tool. */
function inAll({ tools }: Scope, find: (tool: Tool) => Parameter): Reference {
  if (tools.length === 0) refuse("the condition is about a parameter, but the sentence names no tool that has one");
  const found = tools.map((tool) => find(tool));
  const [first] = found;
  const paths = new Set(found.map(({ path }) => path.join(".")));
  const names = listed(
    tools.map(({ name }) => name),
    "and",
  );
  if (!first || paths.size > 1)
    refuse(`the condition means different parameters of ${names}; write a sentence for each`);
  const types = new Set(found.map(({ type }) => (type.kind === "enum" ? type.entityType : type.kind)));
  if (types.size > 1)
    throw new DifferentTypes(`${pathText(first)} is not of the same type in ${names}; write a sentence for each`);
  const optional = first.path.map((_, i) => found.some((one) => one.optional[i]));
  return { kind: "parameter", parameter: { ...first, optional } };
}

function ofTool(
  subject: Exclude<Subject, { kind: "words" | "claim" | "id" | "it" | "they" }>,
  atom: Atom,
  tool: Tool,
): Parameter {
  if (subject.kind === "path")
    return parameterAt(tool, subject.path) ?? refuse(`${tool.name} has no parameter ${subject.path.join(".")}`);
  if (subject.kind === "amount") return parameterOfAmount(subject.unit, hasCurrency(atom.predicate), tool);
  const { predicate } = atom;
  const texts = predicate.kind === "oneOf" ? predicate.values.map(({ token }) => token) : [];
  const places = tool.parameters.filter(
    (one) => isPlace(one, subject.preposition) && texts.every((token) => memberNamed(token, one) !== undefined),
  );
  const [only] = places;
  if (only && places.length === 1) return only;
  const text = texts.map((token) => token.text).join(", ");
  return refuse(
    `it is not clear which parameter of ${tool.name} "${subject.preposition} ${text}" is about; it has ${listed(tool.parameters.map(pathText), "and")}`,
  );
}

/** "To production" is not where something comes from. */
function isPlace(parameter: Parameter, preposition: string): boolean {
  const { type, stems } = parameter;
  const from = stems.some((one) => ["sourc", "from", "origin", "old", "previou"].includes(one));
  return type.kind === "enum" && !isTurned(parameter) && !(from && preposition !== "from");
}

/** Where the currency is a parameter, "$500" says two things, and a unit would lose one of them. */
function refuseOtherCurrencies(tools: readonly Tool[]): void {
  for (const { name, parameters } of tools) {
    const currency = parameters.find(({ stems }) => stems.includes(stem("currency")));
    if (currency)
      refuse(
        `${name} has a parameter ${pathText(currency)}; write the amount as a plain number, and say what the currency is`,
      );
  }
}

function hasCurrency(predicate: Predicate): boolean {
  if (predicate.kind === "compare") return predicate.value.token.amount?.currency !== undefined;
  return predicate.kind === "between" && predicate.high.token.amount?.currency !== undefined;
}

function whatItIs(atom: Atom, { it, tools }: Scope): Parameter {
  if (it) return it;
  const [tool] = tools;
  if (!tool || tools.length > 1) return refuse('"it" has nothing to stand for; name the tool and the parameter');
  const numeric = tool.parameters.filter(isNumeric);
  const [only] = numeric;
  if (only && numeric.length === 1 && isOfNumbers(atom.predicate)) return only;
  return refuse(
    `it is not clear what "it" stands for; ${tool.name} has ${listed(tool.parameters.map(pathText), "and")}`,
  );
}

const test = (of: Reference, one: Test): Fact => ({ kind: "test", of, test: one });

function ofParameter(predicate: Predicate, parameter: Parameter, owner: string): Fact {
  const of: Reference = { kind: "parameter", parameter };
  const name = pathText(parameter);
  const { type } = parameter;
  switch (predicate.kind) {
    case "compare": {
      const value = numberFor(predicate.value, parameter);
      if (predicate.operator === "==") return test(of, { kind: "oneOf", values: [value] });
      return test(of, { kind: "compare", operator: predicate.operator, value });
    }
    case "between": {
      const low = numberFor(predicate.low, parameter);
      const high = numberFor(predicate.high, parameter);
      if (low.value > high.value)
        refuse(`between ${predicate.low.token.text} and ${predicate.high.token.text} is nothing`);
      const bounds: Test[] = [
        { kind: "compare", operator: ">=", value: low },
        { kind: "compare", operator: "<=", value: high },
      ];
      return { kind: "all", facts: bounds.map((bound) => test(of, bound)) };
    }
    case "oneOf":
      if (isNumeric(parameter) && isBound(parameter))
        refuse(`${name} may be meant as a bound; write "exactly" or "at most"`);
      if (predicate.within && type.kind === "string") refuseWithin(predicate.values, parameter);
      return test(of, { kind: "oneOf", values: predicate.values.map((written) => valueFor(written, parameter)) });
    case "contains":
      if (type.kind === "set") {
        const element: Parameter = { ...parameter, type: type.element };
        const values = predicate.values.map((written) => valueFor(written, element));
        return test(of, { kind: "contains", all: predicate.all, values });
      }
      return pattern(of, "inside", predicate.values, predicate.all);
    case "affix":
      return pattern(of, predicate.at, [predicate.value], false);
    case "true":
      return test(of, { kind: "oneOf", values: [{ kind: "bool", value: true }] });
    case "present":
      return ofPresence(predicate.word, parameter, of, `${name} of ${owner}`);
  }
}

/** "In Germany" and "in /public" is more than to be that: only in a list of values is a text one of them. */
function refuseWithin(values: readonly Written[], parameter: Parameter): void {
  const isListed = ({ token }: Written) => token.kind === "quoted" || parameter.named.has(token.text);
  if (values.length === 1 || !values.every(isListed))
    refuse(`"in" may mean within; say "is" or "is one of" and the values of ${pathText(parameter)}`);
}

/** "With data governance approval" sets a flag; "with a reason" gives a text; which of the two "provided" means of a flag, nobody says. */
function ofPresence(word: string, { type, optional }: Parameter, of: Reference, name: string): Fact {
  if (type.kind === "bool") {
    if (!["with", "set", "given", "granted", "obtained"].includes(word))
      refuse(`"${word}" of the flag ${name} may mean true, or just present; say "true" or "false"`);
    return test(of, { kind: "oneOf", values: [{ kind: "bool", value: true }] });
  }
  if (word === "granted" || word === "obtained") refuse(`${name} is no flag that could be ${word}`);
  if (word === "with" && type.kind !== "string")
    refuse(`whether ${name} must be there, or be more than nothing, is not clear; say "is provided"`);
  if (!optional.includes(true)) refuse(`${name} is required: every call has it`);
  return test(of, { kind: "present" });
}

/** Patterns are of texts, and of texts as they are quoted. */
function pattern(
  of: Reference,
  at: "start" | "end" | "inside",
  values: Extract<Predicate, { kind: "contains" }>["values"],
  all: boolean,
): Fact {
  const isText = of.kind === "claim" || (of.kind === "parameter" && of.parameter.type.kind === "string");
  if (!isText) refuse("only a text can start with, end with or contain something");
  const facts = values.map(({ token }) => {
    if (token.kind !== "quoted" || token.text === "")
      refuse(`write "${token.text}" in quotes, to say what the text has in it`);
    return test(of, { kind: "pattern", at, value: token.text });
  });
  const [only] = facts;
  return only && facts.length === 1 ? only : { kind: all ? "all" : "any", facts };
}

function ofClaim(predicate: Predicate, of: Reference): Fact {
  const isScope = of.kind === "claim" && /^scopes?$/i.test(of.claim);
  switch (predicate.kind) {
    case "oneOf":
      return test(of, {
        kind: "oneOf",
        values: predicate.values.map(({ token }) => ({ kind: "string", value: claimValue(token) })),
      });
    case "contains": {
      if (!isScope) return pattern(of, "inside", predicate.values, predicate.all);
      const facts = predicate.values.map(({ token }) => {
        if (/\s/.test(token.text)) refuse(`a scope has no blanks; write each of "${token.text}" by itself`);
        return test(of, { kind: "pattern", at: "word", value: claimValue(token) });
      });
      const [only] = facts;
      return only && facts.length === 1 ? only : { kind: predicate.all ? "all" : "any", facts };
    }
    case "affix":
      return pattern(of, predicate.at, [predicate.value], false);
    default:
      return refuse("claims are texts: they can be equal to something, but not more or less than it");
  }
}
