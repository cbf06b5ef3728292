import type { GatewayConfiguration } from "../../storage/records.ts";
import type { ToolAction } from "../schema/policySchema.ts";
import { parseStatement, type Statement } from "../statement.ts";
import { appliesTo, type PolicyText, reviewPolicies } from "../validate.ts";
import { describeRequest, type ExampleRequest } from "./example.ts";
import { type PolicySet, policySet } from "./policySet.ts";
import { type PolicyReplay, policyReplay } from "./replay.ts";
import { confirm, type Search, type Session } from "./session.ts";
import { not, type Term } from "./smt/terms.ts";
import { effectOf, groupTools, type ToolGroup, type ToolModel } from "./toolModel.ts";
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
  return review(policy, session, async (subject, undecided) => {
    const all: ToolAction[] = [];
    for (const { group, search } of await searchAll(
      subject,
      ({ formula }) => not(effectOf(formula(subject.statement))),
      false,
    )) {
      if (search.kind === "none") all.push(...group.tools);
      else if (search.kind === "undecided") undecided.add(search.reason, group.tools);
    }
    return all.length === 0 ? [] : [withoutLimit(subject.statement, all)];
  });
}

/** The policy that is looked at, and the tools in its scope. */
export interface Subject {
  readonly statement: Statement;
  readonly session: Session;
  readonly groups: readonly ToolGroup[];
  readonly replay: PolicyReplay;
}

/**
 * Reviews what a policy does by itself.
 *
 * @param limits What is said of the requests that it has no effect on.
 */
export async function review(
  policy: PolicyText,
  session: Session,
  limits: (subject: Subject, undecided: UndecidedList) => Promise<Finding[]>,
): Promise<PolicyReview> {
  const invalid = invalidFindings(policy, session.configuration);
  if (invalid.length > 0) return { findings: invalid, undecided: [] };
  const statement = parseStatement(policy.statement);
  // A policy that names another gateway has nothing to do with the requests of this one.
  const elsewhere = statement.forGateways && !appliesTo(statement, session.schema.gatewayArn);
  if (elsewhere)
    return {
      findings: [{ type: "VALID", description: "The policy is valid; it is for another gateway." }],
      undecided: [],
    };
  const set = policySet([policy], session.schema);
  const replay = policyReplay(policy, session.schema, session.configuration);
  try {
    const subject = { statement, session, groups: groupsInScope(set, session), replay };
    const undecided = new UndecidedList();
    const effect = await effectFindings(subject, undecided);
    const findings = [...effect, ...(await limits(subject, undecided))];
    return { findings, undecided: undecided.all };
  } finally {
    replay.release();
  }
}

function groupsInScope(set: PolicySet, { schema }: Session): ToolGroup[] {
  const tools = [...schema.actions.values()].filter((action) => set.forTool(action).valid.length > 0);
  return groupTools(tools, [set], schema);
}

/** Looks for a request in each group of tools for which the policy has an effect, or has none. */
async function searchAll(
  { groups, session, replay }: Subject,
  question: (model: ToolModel) => Term,
  effective: boolean,
) {
  const results: { group: ToolGroup; search: Search }[] = [];
  for (const group of groups) {
    const [answer] = await session.ask(group.model, [question(group.model)]);
    if (answer)
      results.push({
        group,
        search: confirm(answer, group, session, (example) => replay.hasEffect(example) === effective),
      });
  }
  return results;
}

/** VALID with an example of what the policy does; or ALLOW_NONE, or DENY_NONE, if it does nothing for any tool. */
async function effectFindings(subject: Subject, undecided: UndecidedList): Promise<Finding[]> {
  const { statement } = subject;
  const results = await searchAll(subject, ({ formula }) => effectOf(formula(statement)), true);
  const found = results.flatMap(({ search }) => (search.kind === "found" ? [search.example] : []));
  const open = results.flatMap(({ group, search }) => (search.kind === "undecided" ? [{ group, search }] : []));
  const [example] = found;
  const does = statement.effect === "permit" ? "permits" : "denies";
  if (example) {
    return [
      {
        type: "VALID",
        description: `The policy is valid. For example, it ${does} this: ${describeRequest(example)}.`,
        example,
      },
    ];
  }
  for (const { group, search } of open) undecided.add(search.reason, group.tools);
  if (open.length > 0) return [{ type: "VALID", description: "The policy is valid." }];
  const tools = results.flatMap(({ group }) => group.tools.map(({ name }) => name));
  const scope =
    tools.length === 0
      ? "no tool of the gateway is in its scope"
      : `its conditions never hold for ${toolsInWords(tools)}`;
  return [
    { type: "VALID", description: "The policy is valid." },
    {
      type: statement.effect === "permit" ? "ALLOW_NONE" : "DENY_NONE",
      description: `The policy ${does} no request: ${scope}.`,
      tools,
    },
  ];
}

function withoutLimit({ effect }: Statement, tools: readonly ToolAction[]): Finding {
  const names = tools.map(({ name }) => name);
  const does = effect === "permit" ? "permits" : "denies";
  return {
    type: effect === "permit" ? "ALLOW_ALL" : "DENY_ALL",
    description: `The policy ${does} every call of ${toolsInWords(names)}, whoever makes it and whatever the arguments.`,
    tools: names,
  };
}
