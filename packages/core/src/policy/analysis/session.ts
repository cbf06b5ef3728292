import type { GatewayConfiguration } from "../../storage/records.ts";
import type { PolicySchema, ToolAction } from "../schema/policySchema.ts";
import { buildSchema } from "../schema/schema.ts";
import { type ExampleRequest, simplify } from "./example.ts";
import type { Assignment } from "./smt/evaluate.ts";
import { no, type Term } from "./smt/terms.ts";
import { type Answer, ask } from "./solver/ask.ts";
import type { Solver } from "./solver/solver.ts";
import { isCall, requestFor, type ToolGroup, type ToolModel } from "./toolModel.ts";

/** One call of the analyzer: what it is about, and how long it may take. */
export interface Session {
  readonly configuration: GatewayConfiguration;
  readonly schema: PolicySchema;
  /** Whether each of some formulas holds for some request; "unknown" once the session's time is up. */
  ask(model: ToolModel, questions: readonly Term[]): Promise<Answer[]>;
  readonly timeIsUp: boolean;
}

export interface Limits {
  readonly millisecondsPerQuestion: number;
  readonly milliseconds: number;
}

export function openSession(
  solver: Solver,
  configuration: GatewayConfiguration,
  { milliseconds, millisecondsPerQuestion }: Limits,
): Session {
  const end = performance.now() + milliseconds;
  return {
    configuration,
    schema: buildSchema(configuration),
    get timeIsUp() {
      return performance.now() >= end;
    },
    async ask(model, questions) {
      const left = end - performance.now();
      const open = questions.filter((question) => question !== no).length;
      if (open > 0 && left <= 0) return questions.map((question) => (question === no ? { kind: "none" } : timeout));
      const each = Math.min(millisecondsPerQuestion, left / Math.max(open, 1));
      return ask(solver, model.scope.environment.assumptions, questions, each);
    },
  };
}

/** What is said of the questions that there was no time for. */
export const noTimeLeft = "the time for the analysis was up";

const timeout = { kind: "unknown", reason: noTimeLeft } as const satisfies Answer;

/** What came of looking for a request. */
export type Search =
  | { readonly kind: "none" }
  | { readonly kind: "found"; readonly example: ExampleRequest }
  | { readonly kind: "undecided"; readonly reason: string };

/** Whether a request is what it is said to be: asked of the real engine, never of the solver. */
export type Confirmation = (example: ExampleRequest) => boolean;

/** Turns the solver's answer into a request for the group's first tool that the real engine has confirmed. */
export function confirm(answer: Answer, group: ToolGroup, session: Session, confirmation: Confirmation): Search {
  if (answer.kind === "unknown") return { kind: "undecided", reason: answer.reason };
  const { model } = group;
  if (answer.kind === "none") {
    // A proof that the plainest of requests refutes is none: a last fence against faults of the translation and the solver.
    const refuted = confirmed(model.action, model, new Map(), session, confirmation);
    return refuted ? { kind: "undecided", reason: disagreement } : answer;
  }
  const example = confirmed(model.action, model, answer.assignment, session, confirmation);
  if (!example) return { kind: "undecided", reason: unconfirmed(model) };
  return { kind: "found", example };
}

/** The same example with nothing in it that doesn't matter. */
export function simplified(
  example: ExampleRequest,
  { model: { action } }: ToolGroup,
  confirmation: Confirmation,
): ExampleRequest {
  return simplify(example, (one) => isCall(action, one.arguments) && confirmation(one));
}

/** The request for each tool of a group, if the real engine confirms it. */
export function confirmEach(answer: Answer, group: ToolGroup, session: Session, confirmation: Confirmation) {
  const found = confirm(answer, group, session, confirmation);
  const first: Search =
    found.kind === "found" ? { ...found, example: simplified(found.example, group, confirmation) } : found;
  return group.tools.map((tool): { readonly tool: string; readonly search: Search } => {
    if (tool === group.model.action || first.kind !== "found" || answer.kind !== "some")
      return { tool: tool.name, search: first };
    if (session.timeIsUp) return { tool: tool.name, search: { kind: "undecided", reason: timeout.reason } };
    const alike = likeThat(first.example, tool, group.model, answer.assignment, session);
    const example =
      alike && confirmation(alike) ? alike : confirmed(tool, group.model, answer.assignment, session, confirmation);
    return {
      tool: tool.name,
      search: example ? { kind: "found", example } : { kind: "undecided", reason: unconfirmed(group.model) },
    };
  });
}

/** The request of an assignment for a group's first tool. */
export function requestIn(
  { model }: ToolGroup,
  assignment: Assignment,
  { configuration }: Session,
): ExampleRequest | undefined {
  return requestFor(model.action, model, assignment, configuration);
}

function confirmed(
  action: ToolAction,
  model: ToolModel,
  assignment: Assignment,
  { configuration }: Session,
  confirmation: Confirmation,
): ExampleRequest | undefined {
  const example = requestFor(action, model, assignment, configuration);
  return example && confirmation(example) ? example : undefined;
}

/** The simplified request for one tool, with the arguments that another requires. */
function likeThat(
  example: ExampleRequest,
  action: ToolAction,
  model: ToolModel,
  assignment: Assignment,
  { configuration }: Session,
): ExampleRequest | undefined {
  const own = requestFor(action, model, assignment, configuration);
  if (!own) return undefined;
  const required = Object.entries(own.arguments).filter(([name]) => action.input.attributes.get(name)?.required);
  const shared = Object.entries(example.arguments).filter(([name]) => action.input.attributes.has(name));
  const args = Object.fromEntries([...required, ...shared]);
  return isCall(action, args) ? { ...example, tool: action.name, arguments: args } : undefined;
}

/** Why a request that the solver found could not be shown. */
export function unconfirmed({ scope: { environment } }: ToolModel): string {
  const what = [...environment.inexactness];
  return what.length === 0
    ? disagreement
    : `a policy ${what.join(", and ")}; that is beyond what the analysis can follow, and no request that it tried settles it`;
}

/** The translation is exact and still not what the engine does: a fault, which must not become a wrong finding. */
export const disagreement = "the engine decided otherwise than the analysis expected";
