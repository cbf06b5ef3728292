import type { JsonObject } from "./json.ts";
import type { GatewayConfiguration, PromptDescription, TargetRecord } from "./storage/records.ts";
import { qualifiedName } from "./tools.ts";

/** The action group of every prompt, beside that of every tool call. */
export const getPromptGroup = "GetPrompt";

/** The action group of every target's resources. */
export const readResourceGroup = "ReadResource";

/** The action group of a target's prompts. A colon is in no target's and no tool's name, so that nothing else is called so. */
export function promptsGroupOf(target: string): string {
  return `${getPromptGroup}:${target}`;
}

/** The action of getting a prompt. */
export function promptActionOf(target: string, prompt: string): string {
  return `${getPromptGroup}:${qualifiedName(target, prompt)}`;
}

/** The action of reading any resource of a target: which one, policies see in `context.input.uri`. */
export function readActionOf(target: string): string {
  return `${readResourceGroup}:${target}`;
}

/** Something else than a tool that agents can ask a target for, as policies know it. */
export interface FeatureAction {
  /** The action's id. */
  readonly name: string;
  readonly group: string;
  readonly target: TargetRecord;
  /** Of what policies see as `context.input`. */
  readonly inputSchema: JsonObject;
}

/** The actions of all that a gateway's targets offer beside tools: one a prompt, and one for a target's resources. */
export function featureActionsOf({ targets }: Pick<GatewayConfiguration, "targets">): FeatureAction[] {
  return targets.flatMap((target) => [
    ...(target.features?.prompts ?? []).map((prompt) => ({
      name: promptActionOf(target.name, prompt.name),
      group: promptsGroupOf(target.name),
      target,
      inputSchema: promptArgumentsSchema(prompt),
    })),
    ...(target.features?.resources === undefined
      ? []
      : [{ name: readActionOf(target.name), group: readResourceGroup, target, inputSchema: readSchema }]),
  ]);
}

/** What a prompt's arguments must be: strings, all of them declared (MCP, "Prompts"). */
export function promptArgumentsSchema({ arguments: declared = [] }: PromptDescription): JsonObject {
  return {
    type: "object",
    properties: Object.fromEntries(declared.map(({ name }) => [name, { type: "string" }])),
    required: declared.filter(({ required }) => required === true).map(({ name }) => name),
    additionalProperties: false,
  };
}

const readSchema: JsonObject = {
  type: "object",
  properties: { uri: { type: "string" } },
  required: ["uri"],
  additionalProperties: false,
};
