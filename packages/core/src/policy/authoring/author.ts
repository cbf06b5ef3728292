// TEMPORARY
import type { GatewayConfiguration } from "../../storage/records.ts";
import type { AuthoredStatement } from "./authored.ts";
export function authorPolicies(text: string, _configuration: GatewayConfiguration): AuthoredStatement[] {
  return [{ fragment: text, reason: "not yet" }];
}
