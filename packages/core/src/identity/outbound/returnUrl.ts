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
  { agent, returnUrl, allowedReturnUrls = [] }: Pick<TokenRequest, "agent" | "returnUrl" | "allowedReturnUrls">,
  { providers }: { readonly providers: Providers },
): Promise<void> {
  if (returnUrl === undefined) return;
  const ofAgent = (await providers.workloadIdentity(agent))?.allowedResourceOauth2ReturnUrls ?? [];
  const allowed = [...ofAgent, ...allowedReturnUrls];
  if (allowed.includes(returnUrl) && returnUrlViolation(returnUrl) === undefined) return;
  const message = `The return address "${returnUrl}" is none that ${agent} may use; it must be, letter by letter, one of the allowedResourceOauth2ReturnUrls of its workload identity, or for a gateway the defaultReturnUrl of its target.`;
  throw new GatehouseError("validation", message);
}
