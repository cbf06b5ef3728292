import { SUBSCRIPTION_ID_META_KEY } from "@modelcontextprotocol/server";
import { isJsonObject } from "../../json.ts";
import { type Call, idOf, paramsOf } from "../call.ts";
import type { GatewayDependencies } from "../dependencies.ts";
import { protocolError } from "../refusals.ts";
import type { Exchange } from "./exchange.ts";

/**
 * Answers subscriptions/listen (MCP 2026-07-28, "Subscriptions"): acknowledges that nothing of what was asked for is
 * offered, and is done. An answer that is held open would hold a function.
 */
export function listen({ message }: Call, _dependencies: GatewayDependencies, { notify }: Exchange): object {
  if (!isJsonObject(paramsOf(message).notifications)) {
    throw protocolError("invalidParams", { reason: "subscriptions/listen must say which notifications." });
  }
  const _meta = { [SUBSCRIPTION_ID_META_KEY]: idOf(message) };
  notify("notifications/subscriptions/acknowledged", { notifications: {}, _meta });
  return { _meta };
}
