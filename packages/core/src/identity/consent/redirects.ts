import { loopbackNames } from "../../egress/addresses.ts";
import { GatehouseError } from "../../errors.ts";

/**
 * An address that a browser may be sent to: https, or http on the user's own machine, where applications are developed
 * (RFC 8252, section 7.3). Nothing else, and above all no script (T20).
 * @throws GatehouseError `internal`, because what is configured was checked when it was.
 */
export function browserAddress(address: string): URL {
  const url = URL.parse(address);
  const allowed =
    url !== null &&
    url.username === "" &&
    url.password === "" &&
    (url.protocol === "https:" || (url.protocol === "http:" && loopbackNames.has(url.hostname)));
  if (!allowed) throw new GatehouseError("internal", "A browser was about to be sent to an address that isn't https.");
  return url;
}
