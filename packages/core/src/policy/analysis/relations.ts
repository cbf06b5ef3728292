import type { PolicyText } from "../validate.ts";
import { findCovers, type GroupCovers, type Shadow, shadowsIn } from "./covers.ts";
import { knowledgeOf } from "./knowledge.ts";
import { findOverlaps, type Overlap } from "./overlaps.ts";
import { policySet } from "./policySet.ts";
import { PolicyReplays } from "./replay.ts";
import type { Session } from "./session.ts";
import { groupTools } from "./toolModel.ts";
import { type Undecided, UndecidedList } from "./undecided.ts";

export type { Shadow } from "./covers.ts";
export type { Overlap } from "./overlaps.ts";

export interface Relations {
  readonly shadowed: readonly Shadow[];
  readonly overlaps: readonly Overlap[];
  readonly undecided: readonly Undecided[];
}

/**
 * Finds out how an engine's policies relate to each other, two by two. A policy that does nothing at all is in no relation;
 * of two that do the same, the later one is shadowed.
 */
export async function relations(policies: readonly PolicyText[], session: Session): Promise<Relations> {
  const set = policySet(policies, session.schema);
  const undecided = new UndecidedList();
  const replays = new PolicyReplays(session.schema, session.configuration);
  const covers: GroupCovers[] = [];
  const overlaps: Overlap[] = [];
  try {
    for (const group of groupTools(session.schema.actions.values(), [set], session.schema)) {
      const known = await knowledgeOf(group, set.forTool(group.model.action).valid, session);
      covers.push(await findCovers(known, replays, session, undecided));
      overlaps.push(...(await findOverlaps(known, replays, session, undecided)));
    }
    return { shadowed: shadowsIn(covers), overlaps, undecided: undecided.all };
  } finally {
    replays.release();
  }
}
