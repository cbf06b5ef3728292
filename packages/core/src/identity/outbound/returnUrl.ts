import { GatehouseError } from "../../errors.ts";
import type { TokenRequest } from "./credentials.ts";
import type { Providers } from "./providers.ts";
import { returnUrlViolation } from "./returnUrls.ts";

/**
 * Where the browser goes after a consent is one of the agent's allowed addresses, letter by letter (T20), and an address
 * that no script is in. Without one it goes to Gatehouse's own page.
 * @throws GatehouseError `validation`
 */
export async function requireReturnUrl(
  { agent, returnUrl }: Pick<TokenRequest, "agent" | "returnUrl">,
  { providers }: { readonly providers: Providers },
): Promise<void> {
  if (returnUrl === undefined) return;
  const allowed = (await providers.workloadIdentity(agent))?.allowedResourceOauth2ReturnUrls ?? [];
  if (allowed.includes(returnUrl) && returnUrlViolation(returnUrl) === undefined) return;
  const message = `The return address "${returnUrl}" is none of the allowedResourceOauth2ReturnUrls of ${agent}; add it there, letter by letter.`;
  throw new GatehouseError("validation", message);
}
