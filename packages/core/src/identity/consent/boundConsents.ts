import { GatehouseError } from "../../errors.ts";
import type { Consents } from "../outbound/credentials.ts";
import { ifSealedHere, type Keyring } from "../vault/keyring.ts";

/**
 * Consents that an application can complete only with what the browser has brought it.
 *
 * The agent, and so whoever made it ask, knows a session's URI from the beginning. If that were enough, somebody could have
 * another user consent by a link, and be at the application's return address as themselves before that user's browser is: the
 * application would complete the consent for its own user, with the other one's account. So the browser that has consented
 * takes `session_id=<session URI>.<ticket>` along, and only with this ticket a consent is completed (T20).
 */
export function boundConsents(consents: Consents, keyring: Keyring): Consents {
  const contextOf = (sessionUri: string) => ({ is: "consent-return", session: sessionUri });

  return {
    describe: (sessionUri) => consents.describe(partsOf(sessionUri).sessionUri),
    begin: (sessionUri) => consents.begin(sessionUri),
    async callback(callbackId, parameters) {
      const next = new URL(await consents.callback(callbackId, parameters));
      const sessionUri = next.searchParams.get("session_id");
      if (sessionUri === null) return next.href;
      const ticket = await keyring.seal("consented", contextOf(sessionUri));
      next.searchParams.set("session_id", `${sessionUri}.${ticket}`);
      return next.href;
    },
    async complete(given, user) {
      const { sessionUri, ticket } = partsOf(given);
      const text = await ifSealedHere(keyring.open(ticket, contextOf(sessionUri)));
      if (text === undefined) {
        throw new GatehouseError(
          "validation",
          "A consent is completed with the session_id that the user's browser has brought to the return address. This is another: the session URI alone says nothing of who has consented.",
        );
      }
      await consents.complete(sessionUri, user);
    },
  };
}

/** A session's URI has no dot. */
function partsOf(given: string): { sessionUri: string; ticket: string } {
  const [sessionUri = "", ticket = ""] = given.split(/\.(.*)/s);
  return { sessionUri, ticket };
}
