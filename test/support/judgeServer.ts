import { openAiReply, scriptedServer } from "@gatehouse/core/model/testing.ts";

/** What a judge was asked. */
export interface AskedOfJudge {
  readonly model: string;
  /** What it may answer. */
  readonly labels: readonly string[];
  /** What is judged. */
  readonly material: string;
  readonly instructions: string;
  readonly authorization: string | undefined;
}

/** A server that speaks OpenAI's API and answers questions for verdicts as a test says. */
export interface JudgeServer extends AsyncDisposable {
  /** For `GATEHOUSE_JUDGE_MODEL_URL`. */
  readonly url: string;
  readonly asked: AskedOfJudge[];
  /** What it answers from now on: the label and why, or the text that it answers in their place. */
  answer(by: (asked: AskedOfJudge) => { readonly label: string; readonly reasoning: string } | string): void;
}

/** Starts one that gives the best label until it is told otherwise: the last of the scale. */
export async function startJudge(): Promise<JudgeServer> {
  const server = await scriptedServer();
  const asked: AskedOfJudge[] = [];
  let by: Parameters<JudgeServer["answer"]>[0] = ({ labels }) => ({
    label: labels.at(-1) ?? "",
    reasoning: "Well done.",
  });
  server.script((response, { body, headers }) => {
    const { model, messages, response_format: format } = JSON.parse(body);
    const question = {
      model,
      labels: format.json_schema.schema.properties.label.enum,
      instructions: messages[0].content,
      material: messages[1].content,
      authorization: headers.authorization,
    };
    asked.push(question);
    const answer = by(question);
    openAiReply(typeof answer === "string" ? answer : JSON.stringify(answer))(response, { path: "", headers, body });
  });
  return {
    url: `${server.url}/v1`,
    asked,
    answer: (next) => {
      by = next;
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}
