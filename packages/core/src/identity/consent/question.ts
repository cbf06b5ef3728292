import { assertReachable } from "../../egress.ts";
import { GatehouseError } from "../../errors.ts";
import type { IdentityRequest } from "../http.ts";
import type { ConsentDescription } from "../outbound/credentials.ts";
import { sessionUriOf } from "../outbound/sessions.ts";
import { ownForm } from "../pages/forms.ts";
import { onwardPage } from "../pages/page.ts";
import { Refused } from "../pages/refused.ts";
import { unguessable } from "../unguessable.ts";
import { type ConsentContext, loginClientOf, one, sessionOf } from "./context.ts";
import { consentPage } from "./pages.ts";
import { consentPaths } from "./paths.ts";
import { askAgain, notThere, refusedBy } from "./refused.ts";

/** The question, and what happens once it was answered with yes. */
export function questionRoutes(context: ConsentContext) {
  const { consents, cookies, tickets, url, allowLoopback } = context;

  /** What is asked, if it can be completed. @throws Refused */
  async function described(session: string): Promise<ConsentDescription> {
    const consent = await consents.describe(sessionUriOf(session)).catch((error: unknown) => {
      throw refusedBy(error, "This consent can't be asked for any more");
    });
    if (consent === undefined) throw notThere();
    // No application waits for it: Gatehouse itself has to find out who has consented.
    if (consent.returnUrl === undefined) await loginClientOf(context, consent.agent, consent.user);
    return consent;
  }

  return {
    async ask({ query }: IdentityRequest): Promise<Response> {
      const session = sessionOf(query);
      const consent = await described(session);
      const browser = unguessable();
      const ticket = await tickets.seal("form", { session, browser }, {});
      const cookie = cookies.set("form", session, browser);
      return consentPage(consent, { action: `${url}${consentPaths.question}`, session, ticket, cookie });
    },

    async leave(request: IdentityRequest): Promise<Response> {
      const form = ownForm(request, url);
      if (form === undefined) throw forged();
      const session = sessionOf(form);
      const browser = cookies.get(request.headers, "form", session);
      const ticket = browser && (await tickets.open("form", { session, browser }, one(form, "ticket")));
      if (ticket === undefined) throw forged();
      const { agent } = await described(session);
      const sent = await consents.begin(sessionUriOf(session)).catch((error: unknown) => {
        throw refusedBy(error, "This consent was begun before");
      });
      const address = assertReachable(sent, allowLoopback);
      const state = one(address.searchParams, "state");
      if (state === undefined) throw new GatehouseError("internal", "An authorization request has no state.");
      const answer = await tickets.seal("answer", { state }, { session, agent });
      return onwardPage(address, cookies.set("answer", state, answer));
    },
  };
}

function forged(): Refused {
  return new Refused(403, "This did not come from Gatehouse's own page", [
    "Nothing has happened. If you have just pressed the button there: cookies must be allowed for this address, and the page may be ten minutes old at most.",
    askAgain,
  ]);
}
