import type { Assignment, Constant } from "../smt/evaluate.ts";
import { type Script, writeScript } from "../smt/script.ts";
import { elementsOf, integerOf, parseSexprs, type Sexpr } from "../smt/sexpr.ts";
import { constantOf, type Sort, type Term } from "../smt/terms.ts";
import { type Solver, timeIsUp } from "./solver.ts";

/** Whether some assignment makes a formula true. */
export type Answer =
  | { readonly kind: "none" }
  | { readonly kind: "some"; readonly assignment: Assignment }
  | { readonly kind: "unknown"; readonly reason: string };

/**
 * Asks whether each of some formulas can be true while all assumptions are.
 *
 * @param milliseconds For each question; one that takes longer is answered by "unknown".
 * @returns One answer a question, in order.
 */
export async function ask(
  solver: Solver,
  assumptions: readonly Term[],
  questions: readonly Term[],
  milliseconds: number,
): Promise<Answer[]> {
  // What is false by itself needs no solver. What is true by itself does: its answer is an assignment.
  const open = questions.filter((question) => constantOf(question) !== false);
  if (open.length === 0) return questions.map(() => ({ kind: "none" }));
  const script = writeScript([...assumptions, ...open]);
  const reply = await solver.run(textOf(script, assumptions.length, milliseconds), milliseconds * open.length + grace);
  if ("failure" in reply) return questions.map(() => ({ kind: "unknown", reason: reply.failure }));
  const answers = [...readAnswers(parseSexprs(reply.output), script)];
  // An answer too few or too many, and nobody knows which is whose.
  const failed = answers.length !== open.length;
  return questions.map((question) => {
    if (constantOf(question) === false) return { kind: "none" };
    return (failed ? undefined : answers.shift()) ?? { kind: "unknown", reason: "the solver did not answer" };
  });
}

/** The solver keeps to its time by itself, if late on a busy machine; ending it is for when it doesn't. In milliseconds. */
const grace = 10_000;

function textOf({ definitions, formulas, variables }: Script, assumptions: number, milliseconds: number): string {
  const values = variables.size === 0 ? "" : `(get-value (${[...variables.values()].map((v) => v.symbol).join(" ")}))`;
  return [
    `(set-option :timeout ${Math.max(1, Math.ceil(milliseconds))})`,
    definitions,
    ...formulas.slice(0, assumptions).map((formula) => `(assert ${formula})`),
    ...formulas.slice(assumptions).map((formula) => `(push)(assert ${formula})(check-sat)${values}(pop)`),
  ].join("\n");
}

/** After each verdict stand the values, or an error where there is no assignment. */
function* readAnswers(output: readonly Sexpr[], { variables, integers }: Script): Generator<Answer> {
  for (const [i, verdict] of output.entries()) {
    if (verdict === "unsat") yield { kind: "none" };
    else if (verdict === "unknown") yield { kind: "unknown", reason: timeIsUp };
    else if (verdict === "sat") {
      const values = variables.size === 0 ? [] : output[i + 1];
      yield { kind: "some", assignment: readValues(Array.isArray(values) ? values : [], variables, integers) };
    }
  }
}

function readValues(
  values: readonly Sexpr[],
  variables: Script["variables"],
  integers: ReadonlySet<bigint>,
): Assignment {
  const bySymbol = new Map(
    values.flatMap((pair): [Sexpr | undefined, Sexpr | undefined][] =>
      Array.isArray(pair) ? [[pair[0], pair[1]]] : [],
    ),
  );
  const found = [...bySymbol.values()].flatMap((value) => integerOf(value) ?? []);
  const matter = new Set([...integers, ...found, strange]);
  const assignment = new Map<string, Constant>();
  for (const [name, { symbol, sort }] of variables) {
    const constant = constantIn(bySymbol.get(symbol), sort, matter);
    // A value that can't be read is left out: the request that is made of the others is replayed before it is believed.
    if (constant !== undefined) assignment.set(name, constant);
  }
  return assignment;
}

/** An integer that is none of those that matter. */
const strange = 4_000_000_007n;

function constantIn(value: Sexpr | undefined, sort: Sort, matter: ReadonlySet<bigint>): Constant | undefined {
  if (sort === "Bool") return value === undefined ? undefined : value === "true";
  return sort === "Int" ? integerOf(value) : elementsOf(value, matter);
}
