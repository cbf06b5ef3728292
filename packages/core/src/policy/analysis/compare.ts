import type { ToolAction } from "../schema/policySchema.ts";
import type { PolicyText } from "../validate.ts";
import type { ExampleRequest } from "./example.ts";
import { type PolicySet, policySet } from "./policySet.ts";
import { replayOf } from "./replay.ts";
import { confirmEach, type Session } from "./session.ts";
import { and, not } from "./smt/terms.ts";
import { groupTools } from "./toolModel.ts";
import { type Undecided, UndecidedList } from "./undecided.ts";

/** A tool for which an engine decides about some call otherwise than before, with such a call. */
export interface Difference {
  readonly tool: string;
  readonly example: ExampleRequest;
}

/** What a change of an engine's policies newly allows and newly denies. A tool that is in no list is decided about as before. */
export interface Comparison {
  readonly newlyAllowed: readonly Difference[];
  readonly newlyDenied: readonly Difference[];
  readonly undecided: readonly Undecided[];
}

/** Compares an engine's policies before and after a change, for every tool of a gateway. */
export async function compare(
  before: readonly PolicyText[],
  after: readonly PolicyText[],
  session: Session,
): Promise<Comparison> {
  const sets = [policySet(before, session.schema), policySet(after, session.schema)] as const;
  const [old, changed] = [replayOf(sets[0], session.configuration), replayOf(sets[1], session.configuration)];
  const undecided = new UndecidedList();
  const [newlyAllowed, newlyDenied]: [Difference[], Difference[]] = [[], []];
  try {
    const tools = [...session.schema.actions.values()].filter((tool) => differs(tool, ...sets));
    for (const group of groupTools(tools, sets, session.schema)) {
      const [was, becomes] = [group.model.allowed(sets[0]), group.model.allowed(sets[1])];
      const answers = await session.ask(group.model, [and(becomes, not(was)), and(was, not(becomes))]);
      for (const [i, answer] of answers.entries()) {
        const allows = i === 0;
        const results = confirmEach(
          answer,
          group,
          session,
          (one) => changed.allows(one) === allows && old.allows(one) !== allows,
        );
        for (const { tool, search } of results) {
          if (search.kind === "found") (allows ? newlyAllowed : newlyDenied).push({ tool, example: search.example });
          if (search.kind === "undecided") undecided.add(search.reason, [{ name: tool }]);
        }
      }
    }
    return { newlyAllowed, newlyDenied, undecided: undecided.all };
  } finally {
    old.release();
    changed.release();
  }
}

/** Whether anything about a tool's policies has changed. */
function differs(tool: ToolAction, before: PolicySet, after: PolicySet): boolean {
  if (before.unreadable !== after.unreadable) return true;
  const [was, becomes] = [before.forTool(tool), after.forTool(tool)];
  const texts = [was, becomes].map(({ valid }) => new Set(valid.map(({ statement }) => statement.text)));
  return was.blocked !== becomes.blocked || texts[0]?.symmetricDifference(texts[1] ?? new Set()).size !== 0;
}
