import { ConverseCommand, type ConverseCommandOutput } from "@aws-sdk/client-bedrock-runtime";
import { isJsonObject, type JsonObject } from "../json.ts";
import { askWithin } from "./attempts.ts";
import { attemptOn, type BedrockOptions, guardAnswerOf, inputOf, stopReasonOf } from "./bedrock.ts";
import { conceding, type StructuredAttempt } from "./concessions.ts";
import { objectsIn } from "./objectsIn.ts";
import type { StructuredAnswer, StructuredModel } from "./structured.ts";

/** What Bedrock says of models that use no tools, or can't be made to use one. */
const structuredOutput = /tool/i;

/**
 * A model that answers with objects, behind Bedrock's Converse API: as the arguments of a tool that it is made to use, or
 * in words where it knows no tools.
 */
export function bedrockStructured({ client, modelId, ...limits }: BedrockOptions): StructuredModel {
  return {
    modelId,
    provider: "aws.bedrock",
    answer: conceding(structuredOutput, (attempt) =>
      askWithin(modelId, attempt.request, limits, (signal) =>
        attemptOn(modelId, signal, async () =>
          answerOf(await client.send(commandOf(attempt, modelId), { abortSignal: signal })),
        ),
      ),
    ),
  };
}

function commandOf({ request, bySchema }: StructuredAttempt, modelId: string): ConverseCommand {
  const { name, description, schema } = request.answer;
  const command = new ConverseCommand({
    ...inputOf(request, modelId),
    ...(bySchema
      ? {
          toolConfig: {
            tools: [{ toolSpec: { name, description, inputSchema: { json: schema } } }],
            toolChoice: { tool: { name } },
          },
        }
      : {}),
  });
  guardAnswerOf(command.middlewareStack);
  return command;
}

function answerOf({ output, stopReason, usage }: ConverseCommandOutput): StructuredAnswer {
  const content = output?.message?.content;
  const end = stopReasonOf(stopReason);
  if (content === undefined && end !== "refused") throw new Error("its answer has no message");
  const inputs = (content ?? []).flatMap(({ toolUse }) => (toolUse === undefined ? [] : [objectOf(toolUse.input)]));
  const said = (content ?? []).map(({ text = "" }) => text).join("");
  const objects = inputs.filter((input) => input !== undefined);
  return {
    // Some only write about the tool that they should use, or write its arguments down.
    objects: objects.length > 0 ? objects : objectsIn(said),
    text: objects.length > 0 ? objects.map((object) => JSON.stringify(object)).join("\n") : said,
    inputTokens: usage?.inputTokens ?? 0,
    outputTokens: usage?.outputTokens ?? 0,
    stopReason: end,
  };
}

/** A tool's arguments as JSON: Smithy's documents may hold more than that. */
function objectOf(input: unknown): JsonObject | undefined {
  const value: unknown = input === undefined ? undefined : JSON.parse(JSON.stringify(input));
  return isJsonObject(value) ? value : undefined;
}
