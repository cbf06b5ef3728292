import type { PolicyAuthor } from "@gatehouse/core/control/generatePolicies.ts";
import { bedrockClient, bedrockModel } from "@gatehouse/core/model/bedrock.ts";
import { openAiModel } from "@gatehouse/core/model/openAi.ts";
import { authorPolicies } from "@gatehouse/core/policy/authoring/author.ts";
import { authorWithModel } from "@gatehouse/core/policy/authoring/model/author.ts";
import type { Environment } from "./environment.ts";

/** The author of policies: the deployment's model, or, where there is none, the one that is sure of every word. */
export function policyAuthor(settings: Environment["model"]): PolicyAuthor {
  if (settings === undefined) return async (text, configuration) => authorPolicies(text, configuration);
  const { modelId, url, apiKey } = settings;
  const model =
    url === undefined
      ? bedrockModel({ client: bedrockClient(), modelId })
      : openAiModel({ url, modelId, ...(apiKey === undefined ? {} : { apiKey }) });
  return (text, configuration, signal) => authorWithModel({ text, configuration, model, signal });
}
