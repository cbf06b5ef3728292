import { Agent } from "node:http";
import { Agent as SecureAgent } from "node:https";
import type { LookupFunction } from "node:net";

/** The pools of kept-alive connections: `plain` is for loopback alone. */
export interface Connections {
  readonly plain: Agent;
  readonly secure: SecureAgent;
}

/**
 * Pools whose connections all begin with the given lookup, so that one that is kept alive leads to an address that was
 * checked and costs no question to DNS. They are made directly, whatever the environment says of proxies: a proxy would
 * look the name up itself. Certificates are verified, whatever the environment says of that.
 * @param milliseconds what a connection may take to be made, from the first question to DNS to the end of the TLS
 * handshake.
 */
export function createConnections(lookup: LookupFunction, milliseconds: number): Connections {
  const plain = new Agent({ keepAlive: true, lookup });
  const secure = new SecureAgent({ keepAlive: true, lookup, rejectUnauthorized: true });
  makeWithin(plain, "connect", milliseconds);
  makeWithin(secure, "secureConnect", milliseconds);
  return { plain, secure };
}

function makeWithin(agent: Agent, made: "connect" | "secureConnect", milliseconds: number): void {
  const create = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    const socket = create(options, callback);
    const late = () => socket?.destroy(new TypeError(`No connection to ${options.host} within ${milliseconds} ms.`));
    const timer = setTimeout(late, milliseconds);
    const done = () => clearTimeout(timer);
    socket?.once(made, done).once("close", done);
    return socket;
  };
}
