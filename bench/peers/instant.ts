import { once } from "node:events";
import { createServer } from "node:http";

// A model that judges without thinking, by OpenAI's API, and a bus that takes all that it is given: what is measured is how
// long others take to ask.
const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(request.url?.endsWith("/chat/completions") ? completion(body) : taken(body)));
});

function completion(body: Buffer): unknown {
  const content = JSON.stringify({ reasoning: "The agent did what the user had asked for.", label: labelFor(body) });
  const choices = [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }];
  return { id: "1", choices, usage: { prompt_tokens: 1_000, completion_tokens: 20 } };
}

/** The first that the form of the answer allows. What is judged is not looked at, however long it is. */
function labelFor(body: Buffer): string {
  const at = body.lastIndexOf('"enum":["');
  return /^"enum":\["([^"]+)"/.exec(body.toString("utf8", at, at + 200))?.[1] ?? "Yes";
}

function taken(body: Buffer): unknown {
  const { Entries } = JSON.parse(body.toString()) as { Entries: readonly unknown[] };
  return { FailedEntryCount: 0, Entries: Entries.map((_, index) => ({ EventId: String(index) })) };
}

server.listen(0, "127.0.0.1");
await once(server, "listening");
const address = server.address();
process.send?.(`http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`);
process.on("disconnect", () => process.exit());
