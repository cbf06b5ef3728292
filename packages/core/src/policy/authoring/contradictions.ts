import { type Fact, referenceText, type Value } from "./facts.ts";
import { refuse } from "./untranslatable.ts";

type Test = Extract<Fact, { kind: "test" }>;

/** Refuses what can never hold: "over 500 and under 100", "the region is US and is UK". @throws {Untranslatable} then. */
export function refuseContradictions(facts: readonly Fact[]): void {
  const tests = facts.flatMap(testsOf);
  for (const [name, about] of Map.groupBy(tests, ({ of }) => referenceText(of))) {
    if (about.some(isNumber) && about.some(({ test }) => test.kind === "compare")) {
      refuse(`of ${name} it says both what number it is and what it is compared with`);
    }
    if (isEmpty(about)) refuse(`no call can have a ${name} like this: what is said of it contradicts itself`);
  }
  for (const fact of facts) if (fact.kind === "any") for (const one of fact.facts) refuseContradictions([one]);
}

function isNumber({ test }: Test): boolean {
  return test.kind === "oneOf" && test.values.some((value) => numberOf(value).length > 0);
}

/** The tests that must all hold. */
function testsOf(fact: Fact): Test[] {
  if (fact.kind === "test") return [fact];
  return fact.kind === "all" ? fact.facts.flatMap(testsOf) : [];
}

function isEmpty(tests: readonly Test[]): boolean {
  const lists = tests.flatMap(({ test }) => (test.kind === "oneOf" ? [test.values.map(keyOf)] : []));
  const [first = [], ...others] = lists;
  if (lists.length > 0 && !first.some((key) => others.every((list) => list.includes(key)))) return true;
  const { low, high } = boundsOf(tests);
  if (low !== undefined && high !== undefined && low > high) return true;
  const numbers = tests.flatMap(({ test }) => (test.kind === "oneOf" ? [test.values.flatMap(numberOf)] : []));
  return numbers.some((list) => list.length > 0 && list.every((one) => one < (low ?? one) || one > (high ?? one)));
}

/** The least and the greatest number that all comparisons let through: they are whole numbers, or of ten-thousandths. */
function boundsOf(tests: readonly Test[]): { low?: bigint; high?: bigint } {
  let low: bigint | undefined;
  let high: bigint | undefined;
  for (const { test } of tests) {
    const [value] = test.kind === "compare" ? numberOf(test.value) : [];
    if (test.kind !== "compare" || value === undefined) continue;
    const least = test.operator === ">" ? value + 1n : test.operator === ">=" ? value : undefined;
    const greatest = test.operator === "<" ? value - 1n : test.operator === "<=" ? value : undefined;
    if (least !== undefined && (low === undefined || least > low)) low = least;
    if (greatest !== undefined && (high === undefined || greatest < high)) high = greatest;
  }
  return { ...(low === undefined ? {} : { low }), ...(high === undefined ? {} : { high }) };
}

function numberOf(value: Value): bigint[] {
  return value.kind === "long" || value.kind === "decimal" ? [value.value] : [];
}

function keyOf(value: Value): string {
  return `${value.kind} ${value.value}`;
}
