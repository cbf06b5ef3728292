import type { Environment } from "./environment.ts";
import { and, choose, emptySet, equal, insert, int, no, not, or, type Term, yes } from "./terms.ts";

/** Kinds of values that are one integer to the solver. */
export type IntegerKind = "long" | "string" | "decimal" | "datetime" | "duration";

/** The value of a Cedar expression as a function of the request. */
export type Value =
  | { readonly kind: "bool" | IntegerKind; readonly term: Term }
  | EntityValue
  | RecordValue
  | SetValue
  /** A value that is left open. The same key means the same value. */
  | { readonly kind: "opaque"; readonly key: string };

export interface EntityValue {
  readonly kind: "entity";
  readonly type: string;
  /** The number of its id as a string. */
  readonly id: Term;
  /** What it holds, if it surely exists and that is known. The principal's is found by its id. */
  readonly data?: EntityData;
}

export interface EntityData {
  readonly attributes: RecordValue;
  tag(key: string): Member;
}

/** Its members are made when they are asked for, so that only what is read becomes a variable. */
export interface RecordValue {
  readonly kind: "record";
  readonly names: readonly string[];
  member(name: string): Member;
}

export interface Member {
  readonly present: Term;
  /** Of no meaning where the member isn't present. */
  readonly value: Value;
}

export interface SetValue {
  readonly kind: "set";
  /** The elements of a set that is written out. */
  readonly elements?: readonly Value[];
  /** The set to the solver, if its elements are integers to it. */
  readonly term?: Term;
  /** What holds of every element of an argument. */
  readonly within?: (element: Term) => Term;
  readonly key: string;
}

export const absent: Member = { present: no, value: { kind: "opaque", key: "absent" } };

export function recordOf(members: ReadonlyMap<string, () => Member>): RecordValue {
  const made = new Map<string, Member>();
  return {
    kind: "record",
    names: [...members.keys()],
    member(name) {
      const known = made.get(name);
      if (known) return known;
      const member = members.get(name)?.() ?? absent;
      made.set(name, member);
      return member;
    },
  };
}

/** The integer that stands for an element of a set, if one can. */
export function integerOfValue(value: Value): Term | undefined {
  switch (value.kind) {
    case "bool":
      return choose(value.term, int(1), int(0));
    case "entity":
      return value.data ? undefined : value.id;
    case "record":
    case "set":
    case "opaque":
      return undefined;
    default:
      return value.term;
  }
}

/** A set as the solver's, if its elements are integers. */
export function setTerm({ term, elements }: SetValue): Term | undefined {
  if (term) return term;
  const integers = elements?.map(integerOfValue) ?? [undefined];
  return integers.every((one) => one !== undefined) ? integers.reduce<Term>(insert, emptySet) : undefined;
}

/** Cedar's `==`. */
export function sameValue(a: Value, b: Value, environment: Environment): Term {
  if (a.kind === "opaque" || b.kind === "opaque") return open(a, b, environment);
  if (a.kind === "record" && b.kind === "record") {
    const names = new Set([...a.names, ...b.names]);
    return and(...[...names].map((name) => sameMember(a.member(name), b.member(name), environment)));
  }
  if (a.kind === "set" && b.kind === "set") return sameSet(a, b, environment);
  if (a.kind === "entity" && b.kind === "entity") return sameEntity(a, b, environment);
  if (a.kind !== b.kind || !("term" in a && a.term) || !("term" in b && b.term)) return no;
  return equal(a.term, b.term);
}

function sameEntity(a: EntityValue, b: EntityValue, environment: Environment): Term {
  if (a.type !== b.type) return no;
  if ((a.data || b.data) && a.id !== b.id) environment.inexact("compares objects as wholes");
  return equal(a.id, b.id);
}

function sameMember(a: Member, b: Member, environment: Environment): Term {
  if (a.present === no || b.present === no) return and(not(a.present), not(b.present));
  return and(equal(a.present, b.present), or(not(a.present), sameValue(a.value, b.value, environment)));
}

function sameSet(a: SetValue, b: SetValue, environment: Environment): Term {
  const left = setTerm(a);
  const right = setTerm(b);
  if (left && right) return equal(left, right);
  if (!a.elements || !b.elements) return open(a, b, environment);
  return and(containsAll(a.elements, b.elements, environment), containsAll(b.elements, a.elements, environment));
}

/** Whether one of the values is another. */
export function includes(values: readonly Value[], wanted: Value, environment: Environment): Term {
  return or(...values.map((value) => sameValue(value, wanted, environment)));
}

function containsAll(values: readonly Value[], wanted: readonly Value[], environment: Environment): Term {
  return and(...wanted.map((one) => includes(values, one, environment)));
}

/** An equality that is left open, but the same wherever the same values are compared. */
function open(a: Value, b: Value, environment: Environment): Term {
  const keys = [keyOf(a), keyOf(b)].sort();
  if (a.kind === "opaque" && b.kind === "opaque" && a.key === b.key) return yes;
  environment.inexact("compares values that the analysis doesn't look into");
  // Without keys nothing tells this comparison from others.
  if (keys.includes(undefined)) return environment.fresh("Bool");
  return environment.variable(`same ${JSON.stringify(keys)}`, "Bool");
}

function keyOf(value: Value): string | undefined {
  return value.kind === "opaque" || value.kind === "set" ? value.key : undefined;
}

/** `if condition then a else b`, of values of one type. */
export function chooseValue(condition: Term, a: Value, b: Value, key: string, environment: Environment): Value {
  if (condition.op === "bool") return condition.value ? a : b;
  if (a === b) return a;
  if (a.kind === "record" && b.kind === "record") {
    const names = new Set([...a.names, ...b.names]);
    const merged = (name: string) => () =>
      chooseMember(condition, a.member(name), b.member(name), `${key} ${JSON.stringify(name)}`, environment);
    return recordOf(new Map([...names].map((name) => [name, merged(name)])));
  }
  if (a.kind === "entity" && b.kind === "entity" && a.type === b.type && !a.data && !b.data) {
    return { kind: "entity", type: a.type, id: choose(condition, a.id, b.id) };
  }
  if (a.kind === "set" && b.kind === "set") {
    const [left, right] = [setTerm(a), setTerm(b)];
    if (left && right) return { kind: "set", term: choose(condition, left, right), key };
  } else if (a.kind === b.kind && "term" in a && a.term && "term" in b && b.term && a.kind !== "set") {
    return { kind: a.kind, term: choose(condition, a.term, b.term) };
  }
  environment.inexact("chooses between values that the analysis doesn't look into");
  return { kind: "opaque", key };
}

function chooseMember(condition: Term, a: Member, b: Member, key: string, environment: Environment): Member {
  const present = choose(condition, a.present, b.present);
  if (a.present === no) return { present, value: b.value };
  if (b.present === no) return { present, value: a.value };
  return { present, value: chooseValue(condition, a.value, b.value, key, environment) };
}
