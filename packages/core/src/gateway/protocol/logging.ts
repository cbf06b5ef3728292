import { ProtocolError, ProtocolErrorCode } from "@modelcontextprotocol/server";
import { type Call, paramsOf } from "../call.ts";

/** The levels of RFC 5424 as MCP names them, from the least to the most severe. */
export const logLevels = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"];

/**
 * Answers logging/setLevel. There is no session that could keep the level, so it changes nothing: a client of this era
 * gets all that a target has to say during a call.
 */
export function setLevel({ message }: Call): object {
  const { level } = paramsOf(message);
  if (typeof level === "string" && logLevels.includes(level)) return {};
  throw new ProtocolError(ProtocolErrorCode.InvalidParams, `The level must be one of ${logLevels.join(", ")}.`);
}
