import type { GatewayConfiguration } from "../../storage/records.ts";
import { compilePolicies } from "../engine.ts";
import type { PolicySchema } from "../schema/policySchema.ts";
import type { IndexedPolicy } from "../slice/policyIndex.ts";
import { parseStatement } from "../statement.ts";
import type { PolicyText } from "../validate.ts";
import type { ExampleRequest } from "./example.ts";
import { type PolicySet, policySet } from "./policySet.ts";

/** The real engine with some policies. */
export interface Replay {
  allows(example: ExampleRequest): boolean;
  release(): void;
}

/** Makes the gateway's own engine of policies, with all of them in force. */
export function replayOf({ policies }: PolicySet, configuration: GatewayConfiguration): Replay {
  const engine = compilePolicies({ configuration, policies });
  return {
    allows: ({ now = anyTime, ...example }) =>
      engine.authorize({ ...example, now: new Date(now) }).decision === "ALLOW",
    release: () => engine.release(),
  };
}

/** For requests of which no policy looks at the time. */
const anyTime = "2026-01-01T12:00:00.000Z";

/** One policy by itself in the real engine. */
export interface PolicyReplay {
  /** Whether a permit allows a request, or a forbid denies it, be it because the forbid errs. */
  hasEffect(example: ExampleRequest): boolean;
  release(): void;
}

/** Makes an engine of one policy that can be read; what a forbid denies shows beside a permit of everything. */
export function policyReplay(
  policy: PolicyText,
  schema: PolicySchema,
  configuration: GatewayConfiguration,
): PolicyReplay {
  const isPermit = parseStatement(policy.statement).effect === "permit";
  const everything = { policyId: "everything", statement: "permit(principal, action, resource);" };
  const replay = replayOf(policySet(isPermit ? [policy] : [policy, everything], schema), configuration);
  return { hasEffect: (example) => replay.allows(example) === isPermit, release: () => replay.release() };
}

/** Engines of one policy each, made when they are first asked for. */
export class PolicyReplays {
  readonly #made = new Map<string, PolicyReplay>();
  readonly #schema: PolicySchema;
  readonly #configuration: GatewayConfiguration;

  constructor(schema: PolicySchema, configuration: GatewayConfiguration) {
    this.#schema = schema;
    this.#configuration = configuration;
  }

  hasEffect({ id, policyId, statement }: IndexedPolicy, example: ExampleRequest): boolean {
    const policy = { policyId, statement: statement.text };
    const replay = this.#made.get(id) ?? policyReplay(policy, this.#schema, this.#configuration);
    this.#made.set(id, replay);
    return replay.hasEffect(example);
  }

  release(): void {
    for (const replay of this.#made.values()) replay.release();
    this.#made.clear();
  }
}
