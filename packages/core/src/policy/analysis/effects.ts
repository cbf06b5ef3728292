import { parseStatement } from "../statement.ts";
import type { PolicyText } from "../validate.ts";
import type { ExampleRequest } from "./example.ts";
import { policySet } from "./policySet.ts";
import { policyReplay } from "./replay.ts";
import { confirm, type Search, type Session, simplified } from "./session.ts";
import { not } from "./smt/terms.ts";
import { effectOf, groupTools, type ToolGroup } from "./toolModel.ts";

/** What a policy by itself does for some tools in its scope. */
export interface GroupEffect {
  readonly group: ToolGroup;
  /** A request that a permit allows, or a forbid denies. */
  readonly some: Search;
  /** A request that it doesn't. */
  readonly exception: Search;
}

/** Finds out what a policy does, for all tools in its scope, with one example of it that is easy to read. */
export async function effectsOf(
  policy: PolicyText,
  session: Session,
): Promise<{ readonly effects: readonly GroupEffect[]; readonly example: ExampleRequest | undefined }> {
  const set = policySet([policy], session.schema);
  const tools = [...session.schema.actions.values()].filter((action) => set.forTool(action).valid.length > 0);
  const replay = policyReplay(policy, session.schema, session.configuration);
  const effects: GroupEffect[] = [];
  let shown: ExampleRequest | undefined;
  try {
    for (const group of groupTools(tools, [set], session.schema)) {
      const effect = effectOf(group.model.formula(parseStatement(policy.statement)));
      const [answer, opposite] = await session.ask(group.model, [effect, not(effect)]);
      if (!answer || !opposite) continue;
      const some = confirm(answer, group, session, (one) => replay.hasEffect(one));
      const exception = confirm(opposite, group, session, (one) => !replay.hasEffect(one));
      if (some.kind === "found") shown ??= simplified(some.example, group, (one) => replay.hasEffect(one));
      effects.push({ group, some, exception });
    }
    return { effects, example: shown };
  } finally {
    replay.release();
  }
}
