import { LOG_LEVEL_META_KEY } from "@modelcontextprotocol/server";
import { isJsonObject, type JsonObject } from "../../json.ts";
import { type Call, paramsOf } from "../call.ts";
import { protocolError } from "../refusals.ts";
import type { Era } from "./exchange.ts";

/** The levels of RFC 5424 as MCP names them, from the least to the most severe. */
export const logLevels = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"];

/**
 * Answers logging/setLevel. There is no session that could keep the level, so it changes nothing: a client of this era
 * gets all that a target has to say during a call.
 */
export function setLevel({ message }: Call): object {
  const { level } = paramsOf(message);
  if (typeof level === "string" && logLevels.includes(level)) return {};
  throw protocolError("invalidParams", { reason: `The level must be one of ${logLevels.join(", ")}.` });
}

/** Whether a client is to hear of a log message: since 2026-07-28 it says so in each request, and from which level on. */
export function isLogWanted(era: Era, { message }: Call, { level }: JsonObject): boolean {
  if (era === "legacy") return true;
  const { _meta } = paramsOf(message);
  const wanted = isJsonObject(_meta) ? _meta[LOG_LEVEL_META_KEY] : undefined;
  const from = logLevels.indexOf(String(wanted));
  return from >= 0 && logLevels.indexOf(String(level)) >= from;
}
