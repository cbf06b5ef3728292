import type { PolicySchema } from "../../schema/policySchema.ts";
import type { Environment } from "./environment.ts";
import type { RequestValues } from "./requestValues.ts";
import type { Term } from "./terms.ts";
import type { Value } from "./values.ts";

/** What evaluating an expression comes to. The value has no meaning where there is an error. */
export interface Outcome {
  readonly value: Value;
  readonly error: Term;
}

/** What expressions are evaluated in. */
export interface Scope {
  readonly schema: PolicySchema;
  readonly request: RequestValues;
  readonly environment: Environment;
  /** What was evaluated before, by its text: the same expression has the same value, whichever policy it stands in. */
  readonly known: Map<string, Outcome>;
}
