import { GatehouseError } from "../errors.ts";
import { bedrockClient, bedrockModel } from "./bedrock.ts";
import type { ModelClient } from "./model.ts";
import { openAiModel } from "./openAi.ts";

/** What an operator says about the model; all of it is optional, and none means that there is no model. */
export interface ModelConfiguration {
  /** A model of Bedrock, in the process's own region and with its credentials. */
  readonly bedrockModelId?: string | undefined;
  /** Where an OpenAI-compatible model is, with its name and, where it asks for one, its key. */
  readonly modelUrl?: string | undefined;
  readonly modelId?: string | undefined;
  readonly apiKey?: string | undefined;
}

/**
 * The model that is configured, if there is one.
 * @throws {GatehouseError} `validation` if half a model is configured, or two are.
 */
export function modelFrom({ bedrockModelId, modelUrl, modelId, apiKey }: ModelConfiguration): ModelClient | undefined {
  if (bedrockModelId !== undefined) {
    if (modelUrl === undefined) return bedrockModel({ client: bedrockClient(), modelId: bedrockModelId });
    throw new GatehouseError("validation", "Two models are configured: one of Bedrock, and one at an address.");
  }
  if (modelUrl === undefined && modelId === undefined && apiKey === undefined) return undefined;
  if (modelUrl === undefined || modelId === undefined) {
    throw new GatehouseError("validation", "A model at an address needs both the address and the model's name.");
  }
  return openAiModel({ url: modelUrl, modelId, ...(apiKey === undefined ? {} : { apiKey }) });
}
