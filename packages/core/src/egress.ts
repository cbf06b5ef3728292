import { GatehouseError } from "./errors.ts";

const loopbackNames: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "[::1]"]);

/**
 * Whether Gatehouse may connect to an address that somebody configured: https, or, on the one-machine host, http on
 * loopback. Every outgoing connection to a configured address asks here first.
 * @throws GatehouseError `validation` saying what would be right.
 */
export function assertReachable(address: string, allowLoopback: boolean): URL {
  const url = URL.parse(address);
  if (url === null) throw new GatehouseError("validation", `"${address}" is not a URL.`);
  if (url.username !== "" || url.password !== "") {
    throw new GatehouseError("validation", `"${url.host}": credentials don't belong into an address.`);
  }
  const loopback = loopbackNames.has(url.hostname);
  if (loopback && allowLoopback && (url.protocol === "http:" || url.protocol === "https:")) return url;
  if (loopback)
    throw new GatehouseError("validation", `"${address}" is on this very machine, which is not allowed here.`);
  if (url.protocol !== "https:") {
    throw new GatehouseError(
      "validation",
      `"${address}" must use https${allowLoopback ? ", or http on 127.0.0.1, localhost or [::1]" : ""}.`,
    );
  }
  return url;
}
