import type { GatewayConfiguration } from "../../storage/records.ts";
import type { ToolAction } from "../schema/policySchema.ts";
import { parseStatement, type Statement } from "../statement.ts";
import { appliesTo, type PolicyText, reviewPolicies } from "../validate.ts";
import { effectsOf, type GroupEffect } from "./effects.ts";
import { describeRequest, type ExampleRequest } from "./example.ts";
import type { Session } from "./session.ts";
import { type Undecided, UndecidedList } from "./undecided.ts";
import { toolsInWords } from "./words.ts";

/** The types of AgentCore's findings, without NOT_TRANSLATABLE, which is said of sentences and not of policies. */
export type FindingType = "VALID" | "INVALID" | "ALLOW_ALL" | "ALLOW_NONE" | "DENY_ALL" | "DENY_NONE";

/** Something that is proven, or that the real engine has confirmed. */
export interface Finding {
  readonly type: FindingType;
  readonly description: string;
  readonly tools?: readonly string[];
  readonly example?: ExampleRequest;
}

export interface PolicyReview {
  readonly findings: readonly Finding[];
  readonly undecided: readonly Undecided[];
}

/** What keeps a policy from being in force (T15); empty if it is valid. */
export function invalidFindings(policy: PolicyText, configuration: GatewayConfiguration): Finding[] {
  return reviewPolicies([policy], configuration).errors.map(({ message }) => ({
    type: "INVALID",
    description: message,
  }));
}

/** A policy by itself: as if it were the engine's only one. */
export async function reviewAlone(policy: PolicyText, session: Session): Promise<PolicyReview> {
  return review(policy, session, async ({ effect }, effects, undecided) => {
    const all: ToolAction[] = [];
    for (const { group, exception } of effects) {
      if (exception.kind === "none") all.push(...group.tools);
      else if (exception.kind === "undecided") undecided.add(exception.reason, group.tools);
    }
    return all.length === 0 ? [] : [withoutLimit(effect, all)];
  });
}

/**
 * Reviews what a policy does by itself.
 *
 * @param limits What else there is to say of a valid policy.
 */
export async function review(
  policy: PolicyText,
  session: Session,
  limits: (statement: Statement, effects: readonly GroupEffect[], undecided: UndecidedList) => Promise<Finding[]>,
): Promise<PolicyReview> {
  const invalid = invalidFindings(policy, session.configuration);
  if (invalid.length > 0) return { findings: invalid, undecided: [] };
  const statement = parseStatement(policy.statement);
  // A policy that names another gateway has nothing to do with the requests of this one.
  if (statement.forGateways && !appliesTo(statement, session.schema.gatewayArn)) {
    return { findings: [valid("it is for another gateway")], undecided: [] };
  }
  const undecided = new UndecidedList();
  const { effects, example } = await effectsOf(policy, session);
  const findings = [
    ...effectFindings(statement.effect, effects, example, undecided),
    ...(await limits(statement, effects, undecided)),
  ];
  return { findings, undecided: undecided.all };
}

function valid(detail?: string): Finding {
  return { type: "VALID", description: `The policy is valid${detail === undefined ? "" : `; ${detail}`}.` };
}

/** VALID with an example of what the policy does; or ALLOW_NONE, or DENY_NONE, if it does nothing for any tool. */
function effectFindings(
  effect: Statement["effect"],
  effects: readonly GroupEffect[],
  example: ExampleRequest | undefined,
  undecided: UndecidedList,
): Finding[] {
  const does = effect === "permit" ? "permits" : "denies";
  if (example) return [{ ...valid(`for example, it ${does} this: ${describeRequest(example)}`), example }];
  const open = effects.flatMap(({ group, some }) =>
    some.kind === "undecided" ? [{ group, reason: some.reason }] : [],
  );
  for (const { group, reason } of open) undecided.add(reason, group.tools);
  if (open.length > 0) return [valid()];
  const tools = effects.flatMap(({ group }) => group.tools.map(({ name }) => name));
  const why =
    tools.length === 0
      ? "no tool of the gateway is in its scope"
      : `its conditions never hold for ${toolsInWords(tools)}`;
  const type = effect === "permit" ? "ALLOW_NONE" : "DENY_NONE";
  return [valid(), { type, description: `The policy ${does} no request: ${why}.`, tools }];
}

function withoutLimit(effect: Statement["effect"], tools: readonly ToolAction[]): Finding {
  const names = tools.map(({ name }) => name);
  const does = effect === "permit" ? "permits" : "denies";
  return {
    type: effect === "permit" ? "ALLOW_ALL" : "DENY_ALL",
    description: `The policy ${does} every call of ${toolsInWords(names)}, whoever makes it and whatever the arguments.`,
    tools: names,
  };
}
