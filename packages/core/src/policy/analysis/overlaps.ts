import type { ExampleRequest } from "./example.ts";
import type { Knowledge } from "./knowledge.ts";
import type { PolicyReplays } from "./replay.ts";
import { confirmEach, type Session } from "./session.ts";
import { and } from "./smt/terms.ts";
import type { UndecidedList } from "./undecided.ts";

/** A forbid that denies something that a permit allows, which may be just what it is for. */
export interface Overlap {
  readonly forbid: string;
  readonly permit: string;
  readonly tool: string;
  readonly example: ExampleRequest;
}

/** Finds the forbids that deny what a permit allows, for each tool of a group. */
export async function findOverlaps(
  known: Knowledge,
  replays: PolicyReplays,
  session: Session,
  undecided: UndecidedList,
): Promise<Overlap[]> {
  const effective = known.effects.filter(({ answer }) => answer.kind !== "none");
  const forbids = effective.filter(({ effect }) => effect === "forbid");
  const permits = effective.filter(({ effect }) => effect === "permit");
  const pairs = forbids.flatMap((forbid) =>
    permits.map((permit) => ({
      forbid: forbid.policy,
      permit: permit.policy,
      question: and(permit.formula, forbid.formula),
    })),
  );
  const answers = await known.askAll(pairs.map(({ question }) => question));
  return pairs.flatMap(({ forbid, permit }, i) => {
    const answer = answers[i];
    if (!answer) return [];
    const both = (example: ExampleRequest) => replays.hasEffect(permit, example) && replays.hasEffect(forbid, example);
    return confirmEach(answer, known.group, session, both).flatMap(({ tool, search }) => {
      if (search.kind === "undecided") undecided.add(search.reason, [{ name: tool }]);
      if (search.kind !== "found") return [];
      return [{ forbid: forbid.policyId, permit: permit.policyId, tool, example: search.example }];
    });
  });
}
