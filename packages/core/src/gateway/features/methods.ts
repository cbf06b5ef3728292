import type { ServerCapabilities } from "@modelcontextprotocol/server";
import type { JsonObject } from "../../json.ts";
import type { Call } from "../call.ts";
import type { GatewayDependencies } from "../dependencies.ts";
import { complete } from "./complete.ts";
import { getPrompt } from "./getPrompt.ts";
import { listPrompts, listResources, listResourceTemplates } from "./lists.ts";
import { readResource } from "./readResource.ts";

type Answer = (call: Call, dependencies: GatewayDependencies) => Promise<JsonObject>;

/** What a gateway says that it can do beside tools: what some target of it can. */
export function featureCapabilities({ snapshot: { features } }: Call): ServerCapabilities {
  const { prompts, resources, completions } = features.has;
  return {
    ...(prompts ? { prompts: {} } : {}),
    ...(resources ? { resources: {} } : {}),
    ...(completions ? { completions: {} } : {}),
  };
}

/** The methods that go with these capabilities. */
export function featureMethods({ snapshot: { features } }: Call) {
  const { prompts, resources, completions } = features.has;
  const methods: [FeatureMethod, Answer][] = [
    ...(prompts ? promptMethods : []),
    ...(resources ? resourceMethods : []),
    ...(completions ? completionMethods : []),
  ];
  return methods;
}

type FeatureMethod =
  | "prompts/list"
  | "prompts/get"
  | "resources/list"
  | "resources/templates/list"
  | "resources/read"
  | "completion/complete";

const promptMethods: [FeatureMethod, Answer][] = [
  ["prompts/list", listPrompts],
  ["prompts/get", getPrompt],
];
const resourceMethods: [FeatureMethod, Answer][] = [
  ["resources/list", listResources],
  ["resources/templates/list", listResourceTemplates],
  ["resources/read", readResource],
];
const completionMethods: [FeatureMethod, Answer][] = [["completion/complete", complete]];
