import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * The least that can stand between: it copies requests and answers, and looks at nothing. What it adds is what a second
 * HTTP connection costs on this machine.
 */
const upstream = new URL(process.argv[2] ?? "");
const agent = new Agent({ keepAlive: true });
const server = createServer((incoming, response) => {
  const { host: _, connection: __, ...headers } = incoming.headers;
  const outgoing = request(upstream, { method: incoming.method, headers, agent }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  outgoing.on("error", () => response.destroy());
  incoming.pipe(outgoing);
});
server.listen(0, "127.0.0.1", () => {
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}${upstream.pathname}`);
});
process.on("disconnect", () => process.exit());
