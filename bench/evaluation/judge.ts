import type { VerdictCache } from "@gatehouse/core/evaluation/judge/cache.ts";
import { type Judges, judgesOf } from "@gatehouse/core/evaluation/judge/judges.ts";
import type { StructuredModel, StructuredRequest } from "@gatehouse/core/model/structured.ts";

/** Everything is asked anew: what is measured is how a verdict comes about, and not that it is known. */
const forgetful: VerdictCache = { get: async () => undefined, set: async () => {} };

/** The judges of a deployment, with prompts, budget and cache, before a model that takes no time. */
export function judgesBefore(model: StructuredModel): Judges {
  return judgesOf({ modelIds: [model.modelId], model: () => model, cache: forgetful });
}

/** A model of this process that judges without thinking. */
export const instantModel: StructuredModel = {
  modelId: "instant",
  async answer({ answer }) {
    const object = { reasoning: "The agent did what the user had asked for.", label: firstLabel(answer.schema) };
    return {
      objects: [object],
      text: JSON.stringify(object),
      inputTokens: 1_000,
      outputTokens: 20,
      stopReason: "end",
    };
  },
};

function firstLabel({ properties }: StructuredRequest["answer"]["schema"]): string {
  // As a judge makes it (`answerForm`): JSON's type knows no members.
  const { label } = properties as unknown as { readonly label: { readonly enum: readonly string[] } };
  return label.enum[0] ?? "";
}
