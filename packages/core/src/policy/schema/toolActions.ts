import { messageOf } from "../../errors.ts";
import type { FeatureAction } from "../../features.ts";
import type { GatewayTool } from "../../tools.ts";
import {
  definitionsOf,
  definitionsOfStrings,
  type GeneratorInput,
  keptDefinitions,
  resolveInput,
  typesIn,
} from "./definitions.ts";
import type { Made } from "./fit.ts";
import { identifiersFor } from "./names.ts";
import { normalizeInputSchema, type SchemaGap, Unrepresentable } from "./normalize.ts";
import type { ToolAction } from "./policySchema.ts";
import { renameAttributes } from "./rename.ts";
import { callToolGroup, reservedGroups } from "./schemaParts.ts";

/** What became of a gateway's tools: an action each, or the reason why not; and the gaps in those that have one. */
export interface GeneratedActions {
  readonly actions: ReadonlyMap<string, ToolAction>;
  readonly unrepresentable: ReadonlyMap<string, string>;
  readonly gaps: ReadonlyMap<string, readonly SchemaGap[]>;
}

/** A tool on its way into the schema. */
interface Candidate extends GeneratorInput {
  readonly name: string;
  readonly group: string;
  /** Definitions that need not be generated. */
  readonly kept: Made | undefined;
}

/** Makes a Cedar action of every tool, and of whatever else is offered, that Cedar can represent. */
export function generateActions(
  tools: readonly GatewayTool[],
  features: readonly FeatureAction[],
  groups: ReadonlyMap<string, string | undefined>,
): GeneratedActions {
  const actions = new Map<string, ToolAction>();
  const unrepresentable = new Map<string, string>();
  const gaps = new Map<string, readonly SchemaGap[]>();
  const aliases = identifiersFor([...tools, ...features].map(({ name }) => name));
  const candidates = [
    ...candidatesOf(tools, aliases, groups, unrepresentable),
    ...featureCandidatesOf(features, aliases, unrepresentable),
  ];
  const taken = new Set<string>();
  for (const [candidate, made] of generated(candidates, unrepresentable)) {
    try {
      actions.set(candidate.name, claimTypes(candidate, made, taken));
      gaps.set(candidate.name, [...candidate.normalized.gaps, ...made.gaps]);
    } catch (error) {
      unrepresentable.set(candidate.name, messageOf(error));
    }
  }
  return { actions, unrepresentable, gaps };
}

function candidatesOf(
  tools: readonly GatewayTool[],
  aliases: ReadonlyMap<string, string>,
  groups: ReadonlyMap<string, string | undefined>,
  unrepresentable: Map<string, string>,
): Candidate[] {
  const counts = Map.groupBy(tools, ({ name }) => name);
  return [...counts].flatMap(([name, [tool, ...others]]) => {
    try {
      if (tool === undefined) return [];
      refuseName(tool, others.length > 0, groups);
      const normalized = normalizeInputSchema(tool.description.inputSchema);
      const input = { alias: aliases.get(name) ?? name, normalized };
      const group = tool.target?.name ?? callToolGroup;
      return [{ name, group, ...input, kept: keptDefinitions(tool.description, input) }];
    } catch (error) {
      unrepresentable.set(name, messageOf(error));
      return [];
    }
  });
}

/** Prompts and resources: their input is strings, which needs no generator, so that no gateway that starts cold waits for it. */
function featureCandidatesOf(
  features: readonly FeatureAction[],
  aliases: ReadonlyMap<string, string>,
  unrepresentable: Map<string, string>,
): Candidate[] {
  return features.flatMap(({ name, group, target, inputSchema }) => {
    try {
      if (reservedGroups.has(target.name)) {
        throw new Unrepresentable(`its target is named like the action group ${target.name}`);
      }
      const input = { alias: aliases.get(name) ?? name, normalized: normalizeInputSchema(inputSchema) };
      return [{ name, group, ...input, kept: definitionsOfStrings(input) }];
    } catch (error) {
      unrepresentable.set(name, messageOf(error));
      return [];
    }
  });
}

/** Names decide which policies apply, so a name that means two things means nothing. */
function refuseName(
  { name, target }: GatewayTool,
  twice: boolean,
  groups: ReadonlyMap<string, string | undefined>,
): void {
  if (twice)
    throw new Unrepresentable("two tools of the gateway have this name, so that no policy can tell them apart");
  if (groups.has(name)) throw new Unrepresentable("an action group of the gateway has the same name");
  if (target && reservedGroups.has(target.name)) {
    throw new Unrepresentable(`its target is named like the action group ${target.name}`);
  }
  if (!name.isWellFormed()) throw new Unrepresentable("its name is not well-formed Unicode");
}

/** Finds the definitions of each candidate, in the order of the targets: what was kept with the tool, or else generates. */
function* generated(
  candidates: readonly Candidate[],
  unrepresentable: Map<string, string>,
): Generator<[Candidate, Made]> {
  for (const batch of Map.groupBy(candidates, ({ group }) => group).values()) {
    const made = definitionsOf(batch.filter(({ kept }) => kept === undefined));
    for (const candidate of batch) {
      const one = candidate.kept ?? made.get(candidate);
      if (one instanceof Error) unrepresentable.set(candidate.name, one.message);
      else if (one !== undefined) yield [candidate, one];
    }
  }
}

/** Types that tools share; every other type belongs to one tool. */
const sharedTypes = new Set(["Null", "Unknown"]);

/** Takes a tool's types out of what was generated. If another tool has a type of that name, the tool gets a new alias. */
function claimTypes(candidate: Candidate, made: Made, taken: Set<string>): ToolAction {
  const { definitions } = made;
  const { trueNames } = candidate.normalized;
  const { type: input, typeName: inputTypeName, reached } = resolveInput(candidate, made);
  if (input.kind !== "record") throw new Unrepresentable("its input is not an object");
  const own = [...reached].filter((type) => !sharedTypes.has(type));
  if (own.some((type) => taken.has(type))) return claimUnderNewAlias(candidate, taken);
  for (const type of own) taken.add(type);
  return {
    name: candidate.name,
    group: candidate.group,
    input,
    inputTypeName,
    types: renameAttributes(typesIn(definitions, reached), { trueNames, leftOut: made.leftOut }),
  };
}

function claimUnderNewAlias(candidate: Candidate, taken: Set<string>): ToolAction {
  const renamed = { ...candidate, alias: `${candidate.alias}_2` };
  const made = definitionsOf([renamed]).get(renamed);
  if (made === undefined || made instanceof Error) throw made ?? new Unrepresentable("it has no types of its own");
  return claimTypes(renamed, made, taken);
}
