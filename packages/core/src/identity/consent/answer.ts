import type { IdentityRequest } from "../http.ts";
import { isAt } from "../outbound/returnUrls.ts";
import { redirectResponse } from "../pages/page.ts";
import { withTicket } from "./boundConsents.ts";
import { type ConsentContext, one } from "./context.ts";
import { consentPaths } from "./paths.ts";
import { browserAddress } from "./redirects.ts";
import { otherBrowser, refusedBy } from "./refused.ts";

/**
 * Takes the answer of a provider's issuer, from the very browser that was sent there (RFC 9700, section 4.7): an answer that
 * somebody else has brought about, with their account in it or yours, is not even looked at, and stays good for its own
 * browser.
 */
export function answerRoute({ consents, cookies, tickets, keyring, url }: ConsentContext) {
  return async ({ path, query, headers }: IdentityRequest): Promise<Response> => {
    const state = one(query, "state");
    if (state === undefined) throw otherBrowser();
    const ticket = await tickets.open("answer", { state }, cookies.get(headers, "answer", state));
    if (ticket === undefined) throw otherBrowser();
    const next = await consents.callback(path.slice(consentPaths.answer.length), query).catch((error: unknown) => {
      throw refusedBy(error, "This answer was not asked for", "It may have come a second time, or too late.");
    });
    const address = browserAddress(next);
    if (!isAt(next, `${url}${consentPaths.completion}`)) {
      return redirectResponse(await withTicket(address, ticket.agent, keyring));
    }
    // Whoever completes it must be the browser that has consented: else its link would be enough for somebody else.
    const { session } = ticket;
    const completion = await tickets.seal("completion", { session }, ticket);
    return redirectResponse(address, cookies.set("completion", session, completion));
  };
}
