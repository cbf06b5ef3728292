import { compilePolicies, type EnginePolicy } from "../../engine.ts";
import { authorPolicies } from "../author.ts";
import type { AuthoredStatement } from "../authored.ts";
import type { CorpusEntry, ExampleCall } from "./entry.ts";
import { gateways } from "./gateways.ts";

/** How well the author does on sentences whose meaning is known. */
export interface Score {
  readonly sentences: number;
  /** Those that have a meaning that a policy can say. */
  readonly translatable: number;
  readonly translatedRight: number;
  /** Translated into something else, or though nothing should have been: must be zero. */
  readonly translatedWrong: number;
  readonly refusedRight: number;
  /** Refused, though there is a policy that says it. */
  readonly refusedWrong: number;
}

export type Verdict = "translatedRight" | "translatedWrong" | "refusedRight" | "refusedWrong";

/** The verdict on one sentence, with what there is to say about it. */
export function judge(entry: CorpusEntry): { readonly verdict: Verdict; readonly detail: string } {
  const authored = authorPolicies(entry.text, gateways[entry.gateway]);
  const reasons = authored.flatMap((one) => ("reason" in one ? [one.reason] : []));
  const statements = authored.flatMap((one) => ("statement" in one ? [one.statement] : []));
  const detail = [...statements, ...reasons].join("\n");
  if ("refused" in entry) {
    const said = entry.refused.every((word) => detail.toLowerCase().includes(word.toLowerCase()));
    if (statements.length > 0) return { verdict: "translatedWrong", detail };
    return { verdict: said ? "refusedRight" : "refusedWrong", detail };
  }
  if (reasons.length > 0) return { verdict: "refusedWrong", detail };
  const wrong = wrongCalls(entry, authored);
  if (statements.length !== entry.statements || wrong.length > 0) {
    return { verdict: "translatedWrong", detail: `${detail}\n${wrong.map((call) => JSON.stringify(call)).join("\n")}` };
  }
  return { verdict: "translatedRight", detail };
}

/** The calls that the engine decides otherwise than the sentence says. */
function wrongCalls(
  entry: Extract<CorpusEntry, { calls: unknown }>,
  authored: readonly AuthoredStatement[],
): ExampleCall[] {
  const configuration = gateways[entry.gateway];
  const statements = authored.flatMap((one) => ("statement" in one ? [one.statement] : []));
  const policies = [...statements, ...(entry.open ? ["permit(principal, action, resource);"] : [])].map(inForce);
  const engine = compilePolicies({ configuration, policies });
  const names = [...engine.schema.actions.keys()];
  const now = new Date("2026-11-22T12:00:00.000Z");
  const wrong = entry.calls.filter(({ tool, arguments: args, claims, id, expect }) => {
    const name = names.find((one) => one === tool || one.endsWith(`___${tool}`)) ?? tool;
    const sub = id ?? "user-1";
    const type =
      engine.schema.principalType === "AgentCore::IamEntity" ? "AgentCore::IamEntity" : "AgentCore::OAuthUser";
    const principal = { type, id: sub, tags: type === "AgentCore::OAuthUser" ? { sub, ...claims } : {} } as const;
    const { decision, error } = engine.authorize({ principal, tool: name, arguments: args, now });
    return decision !== expect || error === true;
  });
  engine.release();
  return wrong;
}

function inForce(statement: string, i: number): EnginePolicy {
  return { policyId: `corpus-${i}`, statement, status: "ACTIVE" };
}

/** Scores the author on sentences. */
export function score(entries: readonly CorpusEntry[]): Score {
  return countVerdicts(entries.map((entry) => ({ entry, ...judge(entry) })));
}

/** Counts verdicts that were already given. */
export function countVerdicts(verdicts: readonly { readonly entry: CorpusEntry; readonly verdict: Verdict }[]): Score {
  const count = (verdict: Verdict) => verdicts.filter((one) => one.verdict === verdict).length;
  return {
    sentences: verdicts.length,
    translatable: verdicts.filter(({ entry }) => "calls" in entry).length,
    translatedRight: count("translatedRight"),
    translatedWrong: count("translatedWrong"),
    refusedRight: count("refusedRight"),
    refusedWrong: count("refusedWrong"),
  };
}
