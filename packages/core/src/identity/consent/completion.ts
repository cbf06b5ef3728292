import { html } from "../../html.ts";
import type { IdentityRequest } from "../http.ts";
import { sessionUriOf } from "../outbound/sessions.ts";
import { redirectResponse } from "../pages/page.ts";
import { Refused } from "../pages/refused.ts";
import { type ConsentContext, loginClientOf, one, sessionOf } from "./context.ts";
import { LoginFailed } from "./login.ts";
import { donePage } from "./pages.ts";
import { consentPaths } from "./paths.ts";
import { askAgain, otherBrowser, refusedBy } from "./refused.ts";

/**
 * The end of a consent that a gateway has asked for itself. Nobody but the user for whom it was asked can complete it, so
 * whoever has consented logs in at the gateway's own issuer, which is where the gateway knows its users from.
 */
export function completionRoutes(context: ConsentContext) {
  const { consents, cookies, tickets, login, url } = context;

  return {
    async begin({ query, headers }: IdentityRequest): Promise<Response> {
      const session = sessionOf(query);
      const ticket = await tickets.open("completion", { session }, cookies.get(headers, "completion", session));
      if (ticket === undefined) throw otherBrowser();
      if ((await consents.describe(sessionUriOf(session))) === undefined) throw notGiven();
      const client = await loginClientOf(context, ticket.agent);
      const { address, secrets } = await login.begin(client).catch(notLoggedIn(url, session));
      const { state, nonce, verifier } = secrets;
      const sealed = await tickets.seal("login", { state }, { ...ticket, nonce, verifier });
      return redirectResponse(address, cookies.set("login", state, sealed));
    },

    async finish({ query, headers }: IdentityRequest): Promise<Response> {
      const state = one(query, "state");
      if (state === undefined) throw otherBrowser();
      const ticket = await tickets.open("login", { state }, cookies.get(headers, "login", state));
      if (ticket === undefined) throw otherBrowser();
      const { session, agent, nonce, verifier } = ticket;
      const client = await loginClientOf(context, agent);
      const user = await login.finish(client, query, { state, nonce, verifier }).catch(notLoggedIn(url, session));
      await consents.complete(sessionUriOf(session), user).catch((error: unknown) => {
        throw refusedBy(
          error,
          "This consent is not yours to complete",
          "The agent gets nothing: you have logged in as somebody else than it works for, or the consent is over.",
        );
      });
      return donePage();
    },
  };
}

/** The issuer's answer was no, and then nobody need log in; or everything has happened already. */
function notGiven(): Refused {
  return new Refused(403, "There is nothing to complete", [
    "You or the issuer have refused access, and the agent gets nothing; or this consent was completed before, or has taken too long.",
    askAgain,
  ]);
}

/** A login can be tried again, for as long as the consent lasts. */
function notLoggedIn(url: string, session: string) {
  return (error: unknown): never => {
    if (!(error instanceof LoginFailed)) throw error;
    const again = html`<a href="${`${url}${consentPaths.completion}?session=${session}`}">Try to log in again</a>`;
    const reason =
      "The agent gets nothing until it is certain who has consented, and the gateway's issuer has not said who you are.";
    throw new Refused(502, "You could not be logged in", [reason, again, askAgain], { cause: error });
  };
}
