import { type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { type ListeningServer, listen } from "@gatehouse/local/http/server.ts";
import { edgeCode } from "../infra/checks/edge.ts";

/** What CloudFront hands to a function, as far as Gatehouse's look at it. */
interface EdgeMessage {
  statusCode?: number;
  headers: Record<string, { value: string }>;
}
type EdgeFunction = (event: { request: EdgeMessage; response?: EdgeMessage }) => EdgeMessage;

const evaluate = (name: string): EdgeFunction => new Function(`${edgeCode(name)}; return handler;`)();

/** CloudFront and API Gateway before a host: what they do to headers, by AWS's documentation, with the real functions. */
export interface Edge {
  readonly url: string;
  /** Where requests go on to, without a slash at its end; its path is the origin's. */
  target: string;
  /** False: clients reach API Gateway without CloudFront. */
  present: boolean;
  close(): Promise<void>;
}

export async function startEdge(): Promise<Edge> {
  const [viewerRequest, viewerResponse] = [evaluate("viewer-request"), evaluate("viewer-response")];

  async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await buffer(incoming);
    const sent = messageOf(incoming.headers);
    const asked = edge.present ? viewerRequest({ request: structuredClone(sent) }) : sent;
    const answer = await throughApiGateway(edge.target, incoming, asked, body);
    // CloudFront calls no function for an answer of 400 or more.
    const returned =
      edge.present && answer.statusCode < 400 ? viewerResponse({ request: sent, response: answer }) : answer;
    const headers = Object.entries(returned.headers).map(([name, { value }]) => [name, value] as const);
    outgoing.writeHead(returned.statusCode ?? 0, Object.fromEntries(headers));
    outgoing.end(answer.body);
  }

  const server: ListeningServer = await listen(
    (incoming, outgoing) => void pass(incoming, outgoing).catch(() => outgoing.destroy()),
    "127.0.0.1",
    0,
  );
  const edge: Edge = {
    url: `http://127.0.0.1:${server.port}`,
    target: "",
    present: true,
    close: () => server.close(Promise.resolve()),
  };
  return edge;
}

function messageOf(headers: IncomingHttpHeaders): EdgeMessage {
  const entries = Object.entries(headers).map(([name, value]) => [name, { value: String(value) }]);
  return { headers: Object.fromEntries(entries) };
}

/** What API Gateway takes for its own (API Gateway Developer Guide, "Important notes", the table of headers). */
async function throughApiGateway(target: string, { url, method }: IncomingMessage, asked: EdgeMessage, body: Buffer) {
  const headers = Object.entries(asked.headers).filter(
    ([name, { value }]) =>
      !["host", "content-length", "connection", "expect"].includes(name) &&
      !(name === "authorization" && value.startsWith("AWS4-")),
  );
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    // In chunks, so that no length arrives.
    const outgoing = request(`${target}${url}`, { method: method ?? "GET" }, resolve).on("error", reject);
    for (const [name, { value }] of headers) outgoing.setHeader(name, value);
    if (body.length > 0) outgoing.write(body);
    outgoing.end();
  });
  const answer = messageOf(response.headers).headers;
  const { "www-authenticate": challenge, "transfer-encoding": _, ...rest } = answer;
  return {
    statusCode: response.statusCode ?? 0,
    headers: { ...rest, ...(challenge && { "x-amzn-remapped-www-authenticate": challenge }) },
    body: await buffer(response),
  };
}
