import { GatehouseError } from "../../errors.ts";
import { CredentialError } from "../outbound/credentials.ts";
import { Refused } from "../pages/refused.ts";

const notGiven = "The agent gets nothing, because you or the issuer have refused.";
const inLog = "An administrator finds the reason in Gatehouse's log.";
export const askAgain = "Ask the agent again, and open the link that it gives you then.";

/** What says that a consent isn't there: its time is over, it was used, or it never was. Which of them nobody is told. */
export function notThere(): Refused {
  return new Refused(404, "This consent is over", ["A link for consent works once, and for ten minutes.", askAgain]);
}

/** What the browser lacks whose cookies say nothing of the step before. */
export function otherBrowser(): Refused {
  return new Refused(403, "This did not begin in this browser", [
    "Nothing was given away. A consent ends in the browser in which it was begun, and if you have begun none, somebody else wanted you to end theirs.",
    "If it was you: cookies must be allowed for this address, and the whole way takes ten minutes at most.",
    askAgain,
  ]);
}

/**
 * What the vault has refused, said at a browser. Failures of anything else stay what they are.
 * @param title says what was refused where that is because of who or what asked.
 */
export function refusedBy(error: unknown, title: string, ...paragraphs: readonly string[]): unknown {
  if (error instanceof GatehouseError && error.code === "validation") {
    return new Refused(400, title, [...paragraphs, askAgain], { cause: error });
  }
  if (!(error instanceof CredentialError)) return error;
  return error.oauthError === "access_denied"
    ? new Refused(403, "Access was not given", [notGiven], { cause: error })
    : new Refused(502, "The issuer gave no access", [inLog, askAgain], { cause: error });
}
