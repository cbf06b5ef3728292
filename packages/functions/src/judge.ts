import { type Judges, type JudgesOptions, judgesOf } from "@gatehouse/core/evaluation/judge/judges.ts";
import { bedrockClient } from "@gatehouse/core/model/bedrock.ts";
import { bedrockStructured } from "@gatehouse/core/model/bedrockStructured.ts";
import { openAiStructured } from "@gatehouse/core/model/openAiStructured.ts";
import type { StructuredModel } from "@gatehouse/core/model/structured.ts";
import type { JudgeSettings } from "./judgeSettings.ts";

/**
 * The judges that some settings describe; undefined where these name no model. Budget and cache are this process's where
 * they aren't given.
 */
export function judges(settings: JudgeSettings, kept?: Kept): Judges;
export function judges(settings: JudgeSettings | undefined, kept?: Kept): Judges | undefined;
export function judges(settings: JudgeSettings | undefined, kept: Kept = {}): Judges | undefined {
  return settings === undefined ? undefined : judgesOf({ ...settings, ...kept, model: modelAt(settings) });
}

type Kept = Pick<JudgesOptions, "budget" | "cache">;

function modelAt({ url, apiKey }: JudgeSettings): (modelId: string) => StructuredModel {
  if (url !== undefined) {
    return (modelId) => openAiStructured({ url, modelId, ...(apiKey === undefined ? {} : { apiKey }) });
  }
  const client = bedrockClient();
  return (modelId) => bedrockStructured({ client, modelId });
}
