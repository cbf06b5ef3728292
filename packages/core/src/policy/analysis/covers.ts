import type { Knowledge, PolicyEffect } from "./knowledge.ts";
import type { PolicyReplays } from "./replay.ts";
import { requestIn, type Session, unconfirmed } from "./session.ts";
import { and, not } from "./smt/terms.ts";
import type { UndecidedList } from "./undecided.ts";

/**
 * A policy that changes no decision as long as another is there: whatever a permit allows, another permit allows too or a
 * forbid denies; whatever a forbid denies, another forbid denies too.
 */
export interface Shadow {
  readonly policyId: string;
  readonly by: string;
  /** The tools in the scope of the policy. */
  readonly tools: readonly string[];
}

/** For one group of tools: the policies that have an effect, each with those that cover all of it. */
export interface GroupCovers {
  readonly tools: readonly string[];
  readonly covers: ReadonlyMap<
    PolicyEffect["policy"]["order"],
    { readonly effect: PolicyEffect; readonly by: readonly PolicyEffect[] }
  >;
  /** The policies in whose scope the tools are, with an effect or without. */
  readonly inScope: ReadonlySet<number>;
}

/** Finds the policies of a group of tools that others cover. */
export async function findCovers(
  known: Knowledge,
  replays: PolicyReplays,
  session: Session,
  undecided: UndecidedList,
): Promise<GroupCovers> {
  const effective = known.effects.filter(({ answer }) => answer.kind !== "none");
  const pairs = effective.flatMap((covered) =>
    effective
      .filter((by) => mayCover(by, covered))
      .map((by) => ({ covered, by, question: and(covered.formula, not(by.formula)) })),
  );
  const answers = await known.askAll(pairs.map(({ question }) => question));
  const covers = new Map(effective.map((effect) => [effect.policy.order, { effect, by: [] as PolicyEffect[] }]));
  for (const [i, { covered, by }] of pairs.entries()) {
    const answer = answers[i];
    if (answer?.kind === "none") covers.get(covered.policy.order)?.by.push(by);
    else if (answer?.kind === "unknown") undecided.add(answer.reason, known.group.tools);
    else if (answer && !isReal(known, covered, by, replays, session))
      undecided.add(unconfirmed(known.group.model), known.group.tools);
  }
  return {
    tools: known.group.tools.map(({ name }) => name),
    covers,
    inScope: new Set(known.effects.map(({ policy }) => policy.order)),
  };
}

function mayCover(by: PolicyEffect, covered: PolicyEffect): boolean {
  return by !== covered && (by.effect === covered.effect || by.effect === "forbid");
}

/** Whether one of the known requests really has the effect of one policy and not of the other. */
function isReal(
  { group, requests }: Knowledge,
  covered: PolicyEffect,
  by: PolicyEffect,
  replays: PolicyReplays,
  session: Session,
): boolean {
  // Where the formulas leave nothing open, the solver's word is as good.
  if (group.model.scope.environment.inexactness.size === 0) return true;
  return requests.some((assignment) => {
    const example = requestIn(group, assignment, session);
    return example && replays.hasEffect(covered.policy, example) && !replays.hasEffect(by.policy, example);
  });
}

/** The policies that are covered by one and the same other policy wherever they have an effect. */
export function shadowsIn(groups: readonly GroupCovers[]): Shadow[] {
  const orders = new Set(groups.flatMap(({ covers }) => [...covers.keys()]));
  const coveringOf = (order: number) =>
    groups
      .flatMap(({ covers }) => covers.get(order) ?? [])
      .map(({ by }) => new Map(by.map((one) => [one.policy.order, one])));
  const common = new Map([...orders].map((order) => [order, inAll(coveringOf(order))]));
  return [...orders]
    .sort((a, b) => a - b)
    .flatMap((order) => {
      // Of two that cover each other, the first stays.
      const by = [...(common.get(order)?.values() ?? [])].filter(
        (one) => one.policy.order < order || !common.get(one.policy.order)?.has(order),
      );
      const tools = groups.flatMap(({ tools: names, inScope }) => (inScope.has(order) ? names : []));
      const policyId = groups.flatMap(({ covers }) => covers.get(order)?.effect.policy.policyId ?? [])[0] ?? "";
      return ["permit", "forbid"].flatMap((effect) => {
        const [first] = by.filter((one) => one.effect === effect);
        return first ? [{ policyId, by: first.policy.policyId, tools }] : [];
      });
    });
}

function inAll<T>(maps: readonly ReadonlyMap<number, T>[]): Map<number, T> {
  const [first, ...others] = maps;
  return new Map([...(first ?? [])].filter(([key]) => others.every((other) => other.has(key))));
}
