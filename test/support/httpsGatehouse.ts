import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { createServer } from "node:https";
import { makeCertificate } from "@gatehouse/core/egress/testing.ts";
import { topology } from "@gatehouse/functions/topology.ts";
import { loadFromPackage } from "@gatehouse/local/lambda/functions.ts";
import { startGatehouse, type TestGatehouse } from "./gatehouse.ts";

/**
 * Starts a Gatehouse whose public address is https, as that of every one is which isn't for one machine alone: behind a proxy
 * that ends TLS, at `localhost`, with a certificate that nobody knows. Clients that check certificates reach it at
 * `host.url`, without TLS.
 */
export async function startHttpsGatehouse(): Promise<TestGatehouse> {
  const { key, cert } = await makeCertificate("localhost");
  let target: URL | undefined;
  const proxy = createServer({ key, cert }, (incoming, outgoing) => {
    const { method, headers, url } = incoming;
    const onward = httpRequest(new URL(url ?? "/", target), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(outgoing);
    });
    onward.on("error", () => outgoing.destroy());
    incoming.pipe(onward);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const address = proxy.address();
  if (address === null || typeof address === "string") throw new Error("The system gave no port.");
  const url = `https://localhost:${address.port}`;
  const load = loadFromPackage(topology);
  const gatehouse = await startGatehouse({
    loadFunction(name) {
      // The host has told the functions its own address; what browsers know is the proxy's.
      process.env.GATEHOUSE_URL = url;
      return load(name);
    },
  });
  target = new URL(gatehouse.host.url);
  return {
    ...gatehouse,
    url,
    async [Symbol.asyncDispose]() {
      proxy.closeAllConnections();
      proxy.close();
      await once(proxy, "close");
      await gatehouse[Symbol.asyncDispose]();
    },
  };
}
