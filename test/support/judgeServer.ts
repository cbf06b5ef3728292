import { openAiReply, type Reply, scriptedServer } from "@gatehouse/core/model/testing.ts";

/** What a judge was asked. */
export interface AskedOfJudge {
  readonly model: string;
  /** What it may answer. */
  readonly labels: readonly string[];
  /** What is judged. */
  readonly material: string;
  readonly instructions: string;
  /** Everything that it was sent: more than instructions and material where an answer was none. */
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly authorization: string | undefined;
}

/** A server that speaks OpenAI's API and answers questions for verdicts as a test says. */
export interface JudgeServer extends AsyncDisposable {
  /** For `GATEHOUSE_JUDGE_MODEL_URL`. */
  readonly url: string;
  readonly asked: AskedOfJudge[];
  /** What it answers from now on. */
  answer(by: (asked: AskedOfJudge) => JudgesAnswer): void;
}

/** The label and why, the text that is answered in their place, or whatever else a server does. */
export type JudgesAnswer = { readonly label: string; readonly reasoning: string } | string | Reply;

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
      messages,
      authorization: headers.authorization,
    };
    asked.push(question);
    replyOf(by(question))(response, { path: "", headers, body });
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

function replyOf(answer: JudgesAnswer): Reply {
  if (typeof answer === "function") return answer;
  return openAiReply(typeof answer === "string" ? answer : JSON.stringify(answer));
}
