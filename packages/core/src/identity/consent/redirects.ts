import { GatehouseError } from "../../errors.ts";
import { returnUrlViolation } from "../outbound/returnUrls.ts";

/**
 * An address that a browser may be sent to after a consent, checked once more where it is: whatever let another in, no
 * browser is sent to a script (T20).
 * @throws GatehouseError `internal`, because what is configured was checked when it was.
 */
export function browserAddress(address: string): URL {
  if (returnUrlViolation(address) === undefined) return new URL(address);
  throw new GatehouseError("internal", "A browser was about to be sent to an address that no consent may lead to.");
}
