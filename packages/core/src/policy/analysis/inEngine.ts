import type { ToolAction } from "../schema/policySchema.ts";
import type { PolicyText } from "../validate.ts";
import { describeRequest, type ExampleRequest } from "./example.ts";
import { type Finding, type PolicyReview, review } from "./findings.ts";
import { type PolicySet, policySet } from "./policySet.ts";
import { replayOf } from "./replay.ts";
import { confirm, type Session, simplified } from "./session.ts";
import { and, not } from "./smt/terms.ts";
import { groupTools } from "./toolModel.ts";
import type { UndecidedList } from "./undecided.ts";
import { toolsInWords } from "./words.ts";

/**
 * Reviews a policy that is to be added to others, or to replace the one of its id. ALLOW_ALL and DENY_ALL are said of tools
 * for which it makes the engine allow or deny every call, where the engine did not before.
 */
export async function reviewInEngine(
  policy: PolicyText,
  others: readonly PolicyText[],
  session: Session,
): Promise<PolicyReview> {
  return review(policy, session, (_, __, undecided) => engineFindings(policy, others, session, undecided));
}

async function engineFindings(
  policy: PolicyText,
  others: readonly PolicyText[],
  session: Session,
  undecided: UndecidedList,
): Promise<Finding[]> {
  const replaces = others.some(({ policyId }) => policyId === policy.policyId);
  const together = replaces
    ? others.map((one) => (one.policyId === policy.policyId ? policy : one))
    : [...others, policy];
  const [before, after] = [policySet(others, session.schema), policySet(together, session.schema)];
  const [old, changed] = [replayOf(before, session.configuration), replayOf(after, session.configuration)];
  const limits = new Map<"ALLOW_ALL" | "DENY_ALL", { readonly tools: string[]; readonly example: ExampleRequest }>();
  try {
    const tools = [...session.schema.actions.values()].filter((tool) => concerns(policy, tool, before, after));
    for (const group of groupTools(tools, [before, after], session.schema)) {
      const [was, becomes] = [group.model.allowed(before), group.model.allowed(after)];
      // If there is no exception, and something was otherwise before, then the policy is the reason.
      const questions = [not(becomes), and(becomes, not(was)), becomes, and(was, not(becomes))];
      const [denied, newlyAllowed, allowed, newlyDenied] = await session.ask(group.model, questions);
      for (const [type, exception, news] of [
        ["ALLOW_ALL", denied, newlyAllowed],
        ["DENY_ALL", allowed, newlyDenied],
      ] as const) {
        if (!exception || !news) continue;
        const allows = type === "ALLOW_ALL";
        const isNew = (one: ExampleRequest) => changed.allows(one) === allows && old.allows(one) !== allows;
        const search = confirm(exception, group, session, (one) => changed.allows(one) !== allows);
        const result = search.kind === "none" ? confirm(news, group, session, isNew) : search;
        if (result.kind === "undecided") undecided.add(result.reason, group.tools);
        if (search.kind !== "none" || result.kind !== "found") continue;
        const known = limits.get(type) ?? { tools: [], example: simplified(result.example, group, isNew) };
        known.tools.push(...group.tools.map(({ name }) => name));
        limits.set(type, known);
      }
    }
  } finally {
    old.release();
    changed.release();
  }
  return [...limits].map(([type, limit]) => ({ type, description: inWords(type, limit), ...limit }));
}

function inWords(
  type: "ALLOW_ALL" | "DENY_ALL",
  { tools, example }: { readonly tools: readonly string[]; readonly example: ExampleRequest },
): string {
  const [does, before] = type === "ALLOW_ALL" ? ["allows", "denied"] : ["denies", "allowed"];
  return `With this policy the engine ${does} every call of ${toolsInWords(tools)}. Before, this was ${before}: ${describeRequest(example)}.`;
}

/** Whether a policy, or the one that it replaces, has a say in calls of a tool. */
function concerns({ policyId }: PolicyText, tool: ToolAction, before: PolicySet, after: PolicySet): boolean {
  const [was, becomes] = [before.forTool(tool), after.forTool(tool)];
  return was.blocked !== becomes.blocked || [...was.valid, ...becomes.valid].some((one) => one.policyId === policyId);
}
