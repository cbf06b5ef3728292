import { type Judges, judgesOf } from "@gatehouse/core/evaluation/judge/judges.ts";
import { bedrockClient } from "@gatehouse/core/model/bedrock.ts";
import { bedrockStructured } from "@gatehouse/core/model/bedrockStructured.ts";
import { openAiStructured } from "@gatehouse/core/model/openAiStructured.ts";
import type { StructuredModel } from "@gatehouse/core/model/structured.ts";
import type { JudgeSettings } from "./judgeSettings.ts";

/** The judges of a deployment; undefined where it has no model for them. Budget and cache are this process's. */
export function judges(settings: JudgeSettings | undefined): Judges | undefined {
  return settings === undefined ? undefined : judgesOf({ ...settings, model: modelAt(settings) });
}

function modelAt({ url, apiKey }: JudgeSettings): (modelId: string) => StructuredModel {
  if (url !== undefined) {
    return (modelId) => openAiStructured({ url, modelId, ...(apiKey === undefined ? {} : { apiKey }) });
  }
  const client = bedrockClient();
  return (modelId) => bedrockStructured({ client, modelId });
}
