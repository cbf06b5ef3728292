import type { GatewayConfiguration } from "../../storage/records.ts";
import type { PolicyText } from "../validate.ts";
import { type Comparison, compare } from "./compare.ts";
import { type PolicyReview, reviewAlone } from "./findings.ts";
import { reviewInEngine } from "./inEngine.ts";
import { type Relations, relations } from "./relations.ts";
import { openSession } from "./session.ts";
import { createSolver } from "./solver/solver.ts";

export type { PolicyText } from "../validate.ts";
export type { Comparison, Difference } from "./compare.ts";
export { describeRequest, type ExampleRequest } from "./example.ts";
export type { Finding, FindingType, PolicyReview } from "./findings.ts";
export type { Overlap, Relations, Shadow } from "./relations.ts";
export { noTimeLeft } from "./session.ts";
export type { Undecided } from "./undecided.ts";

/**
 * Finds out what policies do for every possible request, or says that it can't. "Every request" means every call with
 * arguments that fit the tool's input schema, by every principal of the type that the gateway lets in, at any time.
 *
 * What is said of all requests is proven by a solver. What is said of one request is shown by it, and the engine that
 * decides about calls has confirmed it. Whatever is neither is in `undecided`.
 */
export interface Analyzer {
  /** One policy by itself, as if it were an engine's only one. */
  reviewAlone(policy: PolicyText, configuration: GatewayConfiguration): Promise<PolicyReview>;
  /** A policy that is to be added to others, or to replace the one of its id. */
  reviewInEngine(
    policy: PolicyText,
    others: readonly PolicyText[],
    configuration: GatewayConfiguration,
  ): Promise<PolicyReview>;
  /** What a change of an engine's policies newly allows and newly denies. */
  compare(
    before: readonly PolicyText[],
    after: readonly PolicyText[],
    configuration: GatewayConfiguration,
  ): Promise<Comparison>;
  /** Policies that another makes superfluous, and forbids that take something from a permit. */
  relations(policies: readonly PolicyText[], configuration: GatewayConfiguration): Promise<Relations>;
  /** Ends the solver's thread. Later calls start another. */
  close(): Promise<void>;
}

export interface AnalyzerOptions {
  /** How long the solver may think about one question. 1,000 if absent. */
  readonly millisecondsPerQuestion?: number;
  /** How long one call may take; what isn't decided then is undecided. 10,000 if absent. */
  readonly milliseconds?: number;
  /** Where the solver's worker is, if not beside this code (`workerUrl` in solver/solver.ts). */
  readonly worker?: URL;
}

/** Makes an analyzer. It has one solver, in a thread that starts with the first question; calls may overlap. */
export function createAnalyzer(options: AnalyzerOptions = {}): Analyzer {
  const { millisecondsPerQuestion = 1_000, milliseconds = 10_000, worker } = options;
  const solver = createSolver(worker);
  const session = (configuration: GatewayConfiguration) =>
    openSession(solver, configuration, { millisecondsPerQuestion, milliseconds });
  return {
    reviewAlone: async (policy, configuration) => reviewAlone(policy, session(configuration)),
    reviewInEngine: async (policy, others, configuration) => reviewInEngine(policy, others, session(configuration)),
    compare: async (before, after, configuration) => compare(before, after, session(configuration)),
    relations: async (policies, configuration) => relations(policies, session(configuration)),
    close: () => solver.close(),
  };
}
