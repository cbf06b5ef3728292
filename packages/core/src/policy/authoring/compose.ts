import { formatPolicies, type PolicyJson, policyToText } from "@cedar-policy/cedar-wasm/nodejs";
import { actionType, gatewayType } from "../cedar.ts";
import { refuseContradictions } from "./contradictions.ts";
import { allOf, expressionOf } from "./expressions.ts";
import type { Fact } from "./facts.ts";
import { comparedIn } from "./facts.ts";
import type { Meaning, ToolScope } from "./meaning.ts";
import { DifferentTypes, resolve } from "./resolve.ts";
import { refuse } from "./untranslatable.ts";
import type { Parameter, Tool, Vocabulary } from "./vocabulary.ts";

/** A policy that has been written. */
export interface Composed {
  readonly meaning: Meaning;
  readonly statement: string;
  /** The tools that it is about. */
  readonly tools: readonly Tool[];
  /** The numbers that it compares, which a later "it" may stand for. */
  readonly compared: readonly Antecedent[];
}

/** A parameter of one tool that a sentence has compared. */
export interface Antecedent {
  readonly tool: Tool;
  readonly parameter: Parameter;
}

/**
 * Writes the policies of a meaning: one, or one for each tool where they have a parameter of the same name with types of
 * their own, as enumerations are, so that no policy could be about all of them.
 *
 * @param before What the sentences before have compared.
 * @throws {Untranslatable} if some word is not known, or a value is not of its parameter's type.
 */
export function compose(meaning: Meaning, vocabulary: Vocabulary, before: readonly Antecedent[]): Composed[] {
  if (meaning.only && meaning.effect === "forbid")
    refuse('"only" in a prohibition can be read in two ways; say "if" or "unless"');
  if (meaning.only && meaning.conditions.length + meaning.exceptions.length === 0)
    refuse('"only" must be about who or about a condition');
  if (meaning.only && meaning.exceptions.length > 0)
    refuse('"only" with an exception can be read in two ways; write a sentence for each case');
  if (meaning.loose)
    refuse("it is not clear whether what stands behind the last tool is about all of them; write a sentence for each");
  if (meaning.tools.kind === "it" && meaning.conditions.length + meaning.exceptions.length === 0)
    refuse("it does not say which tool it is about; name it");
  const it = meaning.tools.kind === "it" ? antecedent(before) : undefined;
  const scope: ToolScope = it ? { kind: "tools", tools: [it.tool] } : meaning.tools;
  const tools = toolsIn(scope, vocabulary);
  try {
    return [composeFor(meaning, scope, tools, vocabulary, it)];
  } catch (error) {
    if (!(error instanceof DifferentTypes)) throw error;
    return tools.map((tool) => composeFor(meaning, { kind: "tools", tools: [tool] }, [tool], vocabulary, it));
  }
}

function composeFor(
  meaning: Meaning,
  scope: ToolScope,
  tools: readonly Tool[],
  vocabulary: Vocabulary,
  it: Antecedent | undefined,
): Composed {
  const look = { vocabulary, tools, it: it?.parameter };
  const conditions = meaning.conditions.map((one) => resolve(one, look));
  const exceptions = meaning.exceptions.map((one) => resolve(one, look));
  refuseContradictions(conditions);
  for (const one of exceptions) refuseContradictions([one]);
  const [tool] = tools;
  const compared = tool && tools.length === 1 ? [...conditions, ...exceptions].flatMap(comparedIn) : [];
  return {
    meaning: { ...meaning, tools: scope },
    statement: write(meaning.effect, scope, conditions, exceptions, vocabulary),
    tools,
    compared: tool ? compared.map((parameter) => ({ tool, parameter })) : [],
  };
}

/** What "it" stands for: the only number that was spoken of before. */
function antecedent(before: readonly Antecedent[]): Antecedent {
  const distinct = new Map(before.map((one) => [`${one.tool.name} ${one.parameter.path.join(".")}`, one]));
  const [only] = distinct.values();
  if (!only || distinct.size > 1)
    refuse('it does not say which tool it is about, and nothing before it can be meant by "it"');
  return only;
}

function toolsIn(scope: ToolScope, { tools }: Vocabulary): readonly Tool[] {
  if (scope.kind === "tools") return scope.tools;
  return scope.kind === "target" ? tools.filter(({ target }) => target === scope.target) : tools;
}

function write(
  effect: Meaning["effect"],
  scope: ToolScope,
  conditions: readonly Fact[],
  exceptions: readonly Fact[],
  { schema }: Vocabulary,
): string {
  const grants = effect === "permit";
  const policy: PolicyJson = {
    effect,
    principal: { op: "is", entity_type: schema.principalType },
    action: actionOf(scope),
    resource: { op: "==", entity: { type: gatewayType, id: schema.gatewayArn } },
    conditions: [
      ...(conditions.length > 0
        ? [
            {
              kind: "when" as const,
              body: allOf(conditions, grants),
            },
          ]
        : []),
      ...exceptions.map((one) => ({ kind: "unless" as const, body: expressionOf(one, !grants) })),
    ],
  };
  const text = policyToText(policy);
  if (text.type === "failure") refuse("Cedar can't write the policy");
  const formatted = formatPolicies({ policyText: text.text, lineWidth: 100, indentWidth: 2 });
  if (formatted.type === "failure") refuse("Cedar can't format the policy");
  return formatted.formatted_policy.trim();
}

function actionOf(scope: ToolScope): PolicyJson["action"] {
  if (scope.kind === "target") return { op: "in", entity: { type: actionType, id: scope.target } };
  if (scope.kind !== "tools") return { op: "All" };
  const entities = scope.tools.map(({ name }) => ({ type: actionType, id: name }));
  const [only] = entities;
  return only && entities.length === 1 ? { op: "==", entity: only } : { op: "in", entities };
}
