import { loopbackNames } from "../../egress/addresses.ts";
import { GatehouseError } from "../../errors.ts";
import { consentPaths } from "../consent/paths.ts";
import type { TokenRequest } from "./credentials.ts";
import type { Providers } from "./providers.ts";

/**
 * What is wrong with an address that browsers are to be sent to after a consent; undefined if nothing is. An application's
 * page is reached by https, or on the user's own machine by http on loopback (RFC 8252, section 7.3), or by a scheme
 * that an app has made its own with a domain name (section 7.1): that leaves out whatever runs in the page or reads files, as
 * `javascript:`, `data:` and `file:` do (T20).
 */
export function returnUrlViolation(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null) return "must be a URL";
  if (url.username !== "" || url.password !== "") return "must have no user name and no password";
  // A fragment would hide what is added to the query; what the URL parser leaves out or adds could not be matched exactly.
  if (text.includes("#")) return "must have no fragment";
  if (url.protocol === "https:") return undefined;
  if (url.protocol === "http:") {
    return loopbackNames.has(url.hostname) ? undefined : "must use https, or http on 127.0.0.1, localhost or [::1]";
  }
  if (/^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:$/.test(url.protocol)) return undefined;
  return "must use https, http on loopback, or a scheme that is a reversed domain name, as in com.example.app:/done";
}

/**
 * Where the browser goes after a consent: one of the agent's allowed addresses, letter by letter (T20), and an address that
 * no script is in.
 * @returns undefined for Gatehouse's own page, whether it was named or nothing was: no application waits there for a consent.
 * @throws GatehouseError `validation`
 */
export async function returnUrlOf(
  { agent, returnUrl, allowedReturnUrls = [] }: Pick<TokenRequest, "agent" | "returnUrl" | "allowedReturnUrls">,
  { providers, url }: { readonly providers: Providers; readonly url: string },
): Promise<string | undefined> {
  if (returnUrl === undefined || isAt(returnUrl, `${url}${consentPaths.completion}`)) return undefined;
  const ofAgent = (await providers.workloadIdentity(agent))?.allowedResourceOauth2ReturnUrls ?? [];
  const allowed = [...ofAgent, ...allowedReturnUrls];
  if (allowed.includes(returnUrl) && returnUrlViolation(returnUrl) === undefined) return returnUrl;
  const message = `The return address "${returnUrl}" is none that ${agent} may use; it must be, letter by letter, one of the allowedResourceOauth2ReturnUrls of its workload identity, or for a gateway the defaultReturnUrl of its target.`;
  throw new GatehouseError("validation", message);
}

/** Whether an address is this one, whatever its query. */
export function isAt(address: string, other: string): boolean {
  const url = URL.parse(address);
  return url !== null && `${url.origin}${url.pathname}` === other;
}
