import { assertReachable, withoutQuery } from "../../../egress.ts";
import { messageOf } from "../../../errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../json.ts";
import { NotMappable } from "./references.ts";

/**
 * The address that an operation's path is below: of the servers named nearest to it, the first that Gatehouse may connect
 * to. Variables have the values that the description gives them: nobody who calls a tool chooses where it goes (T06).
 * @returns without a slash at its end.
 * @throws NotMappable that says of each server why not.
 */
export function serverOf(
  operation: JsonObject,
  pathItem: JsonObject,
  document: JsonObject,
  allowLoopback: boolean,
): string {
  const servers = [operation.servers, pathItem.servers, document.servers].find(
    (servers): servers is Json[] => Array.isArray(servers) && servers.length > 0,
  );
  if (servers === undefined) throw new NotMappable("it has no server: name one with an absolute https address");
  const reasons: string[] = [];
  for (const server of servers) {
    try {
      return addressOf(server, allowLoopback);
    } catch (error) {
      reasons.push(messageOf(error).replace(/\.$/, ""));
    }
  }
  throw new NotMappable(`none of its servers can be used: ${reasons.slice(0, 3).join("; ")}`);
}

function addressOf(server: Json, allowLoopback: boolean): string {
  if (!isJsonObject(server) || typeof server.url !== "string") throw new Error("A server has no url.");
  const variables = isJsonObject(server.variables) ? server.variables : {};
  const address = server.url.replaceAll(/\{([^{}]*)\}/g, (_, name: string) => {
    const variable = Object.hasOwn(variables, name) ? variables[name] : undefined;
    const value = isJsonObject(variable) ? variable.default : undefined;
    if (typeof value !== "string" && typeof value !== "number") {
      throw new Error(`"${withoutQuery(String(server.url))}": the variable ${name} has no default.`);
    }
    return String(value);
  });
  if (address.startsWith("/"))
    throw new Error(`"${withoutQuery(address)}" must be absolute, with https:// and a host.`);
  const url = assertReachable(address, allowLoopback);
  if (url.search !== "" || url.hash !== "")
    throw new Error(`"${withoutQuery(address)}" must not have a query or a fragment.`);
  return url.href.replace(/\/+$/, "");
}
