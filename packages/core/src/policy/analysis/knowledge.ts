import type { IndexedPolicy } from "../slice/policyIndex.ts";
import type { Session } from "./session.ts";
import { type Assignment, evaluator } from "./smt/evaluate.ts";
import type { Term } from "./smt/terms.ts";
import type { Answer } from "./solver/ask.ts";
import { effectOf, type ToolGroup } from "./toolModel.ts";

/** A policy with the formula of its effect: what a permit allows, or a forbid denies. */
export interface PolicyEffect {
  readonly policy: IndexedPolicy;
  readonly effect: "permit" | "forbid";
  readonly formula: Term;
  /** Whether it has its effect on any request, as far as the solver says. */
  readonly answer: Answer;
}

/** The policies of a group of tools, and the requests that the solver has come upon: many questions are answered by one of these. */
export interface Knowledge {
  readonly group: ToolGroup;
  readonly effects: readonly PolicyEffect[];
  /** Answers whether formulas hold for some request: from the known requests if possible, else by the solver. */
  askAll(questions: readonly Term[]): Promise<Answer[]>;
  readonly requests: readonly Assignment[];
}

/** So many questions go to the solver at once; each request that it finds may answer some of the next. */
const questionsAtOnce = 20;

export async function knowledgeOf(
  group: ToolGroup,
  policies: readonly IndexedPolicy[],
  session: Session,
): Promise<Knowledge> {
  const known: { readonly assignment: Assignment; readonly of: ReturnType<typeof evaluator> }[] = [];
  const askAll = async (questions: readonly Term[]): Promise<Answer[]> => {
    const answers = new Map<Term, Answer>();
    let open = [...new Set(questions)];
    /** How many of the known requests the open questions were tried with. */
    let tried = 0;
    while (open.length > 0) {
      const untried = known.slice(tried);
      tried = known.length;
      open = open.filter((question) => {
        const found = session.timeIsUp ? undefined : untried.find(({ of }) => of(question) === true);
        if (found) answers.set(question, { kind: "some", assignment: found.assignment });
        return !found;
      });
      // Once the time is up, none goes to the solver any more.
      const now = open.splice(0, session.timeIsUp ? open.length : questionsAtOnce);
      for (const [i, answer] of (await session.ask(group.model, now)).entries()) {
        const question = now[i];
        if (question) answers.set(question, answer);
        if (answer.kind === "some") known.push({ assignment: answer.assignment, of: evaluator(answer.assignment) });
      }
    }
    return questions.map((question) => answers.get(question) ?? { kind: "unknown", reason: "it was not asked" });
  };
  const formulas = policies.map(({ statement }) => effectOf(group.model.formula(statement)));
  const answers = await askAll(formulas);
  const effects = policies.flatMap((policy, i): PolicyEffect[] => {
    const [formula, answer] = [formulas[i], answers[i]];
    return formula && answer ? [{ policy, effect: policy.statement.effect, formula, answer }] : [];
  });
  return {
    group,
    effects,
    askAll,
    get requests() {
      return known.map(({ assignment }) => assignment);
    },
  };
}
