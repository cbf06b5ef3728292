import { datetimeLiteral, decimalLiteral, durationLiteral } from "./literals.ts";
import { greatestLong, leastLong } from "./requestValues.ts";
import type { Outcome, Scope } from "./scope.ts";
import { arithmetic, between, int, less, lessOrEqual, no, not, type Term } from "./terms.ts";
import type { IntegerKind, Value } from "./values.ts";

type ExtensionFunction = (values: readonly Value[], scope: Scope, key: string) => Outcome | undefined;

const millisecondsADay = int(86_400_000);

/** Cedar's extension functions. Strict validation lets their constructors have literals only. */
export const extensionFunctions: Readonly<Record<string, ExtensionFunction>> = {
  decimal: fromLiteral("decimal", decimalLiteral),
  datetime: fromLiteral("datetime", datetimeLiteral),
  duration: fromLiteral("duration", durationLiteral),
  lessThan: comparison(less),
  lessThanOrEqual: comparison(lessOrEqual),
  greaterThan: comparison((a, b) => less(b, a)),
  greaterThanOrEqual: comparison((a, b) => lessOrEqual(b, a)),
  offset: calculation("datetime", (time, duration) => arithmetic("+", time, duration)),
  durationSince: calculation("duration", (time, earlier) => arithmetic("-", time, earlier)),
  toDate: calculation("datetime", (time) => arithmetic("-", time, arithmetic("mod", time, millisecondsADay))),
  toTime: calculation("duration", (time) => arithmetic("mod", time, millisecondsADay)),
  toMilliseconds: calculation("long", (duration) => duration),
  ...Object.fromEntries(["toSeconds", "toMinutes", "toHours", "toDays"].map((name) => [name, open(name)])),
  ...Object.fromEntries(
    ["ip", "isIpv4", "isIpv6", "isLoopback", "isMulticast", "isInRange"].map((name) => [name, open(name)]),
  ),
};

function fromLiteral(kind: IntegerKind, parse: (text: string) => bigint | undefined): ExtensionFunction {
  return ([argument], { environment }) => {
    if (argument?.kind !== "string" || argument.term.op !== "int") return undefined;
    const value = parse(environment.strings.get(argument.term.value) ?? "");
    return value === undefined ? undefined : { value: { kind, term: int(value) }, error: no };
  };
}

function comparison(compare: (a: Term, b: Term) => Term): ExtensionFunction {
  return ([a, b]) => {
    const [left, right] = [integerIn(a), integerIn(b)];
    return left && right && { value: { kind: "bool", term: compare(left, right) }, error: no };
  };
}

/** Everything is in milliseconds, and errs beyond 64 bits. */
function calculation(kind: IntegerKind, calculate: (a: Term, b: Term) => Term): ExtensionFunction {
  return ([a, b]) => {
    const left = integerIn(a);
    const right = b === undefined ? left : integerIn(b);
    if (!left || !right) return undefined;
    const term = calculate(left, right);
    return { value: { kind, term }, error: not(between(term, leastLong, greatestLong)) };
  };
}

function integerIn(value: Value | undefined): Term | undefined {
  return value && "term" in value && value.kind !== "bool" && value.kind !== "set" ? value.term : undefined;
}

/** A function that never errs, and whose result is left open. */
function open(name: string): ExtensionFunction {
  return (_, { environment }, key) => {
    environment.inexact(`uses \`${name}\``);
    return { value: { kind: "opaque", key }, error: no };
  };
}
