import { messageOf } from "../../errors.ts";
import type { IdentityRequest, IdentityRoutes } from "../http.ts";
import { answerRoute } from "./answer.ts";
import { boundConsents } from "./boundConsents.ts";
import { completionRoutes } from "./completion.ts";
import type { ConsentDependencies } from "./context.ts";
import { createCookies } from "./cookies.ts";
import { createLogin } from "./login.ts";
import { refusalPage } from "./pages.ts";
import { consentPaths } from "./paths.ts";
import { questionRoutes } from "./question.ts";
import { Refused } from "./refused.ts";
import { createTicketOffice } from "./tickets.ts";

/**
 * The pages at which users consent to what agents want of their accounts, for browsers:
 *
 * - `GET /oauth/consent?session=` asks, and `POST` sends the browser to the provider's issuer.
 * - `GET /oauth/callback/<id>` takes the issuer's answer, and sends the browser to the application, or to
 * - `GET /oauth/complete?session=`, which has the user log in at the gateway's issuer and, at
 *   `GET /oauth/complete/callback`, completes the consent for whom it finds there.
 *
 * One browser must walk the whole way: the one that the page was shown in. Whoever has a link to one of the later steps, or
 * makes somebody follow it, gets nowhere.
 */
export function createConsentRoutes(dependencies: ConsentDependencies): IdentityRoutes {
  const { url, keyring, now, issuers, allowLoopback, onFailure } = dependencies;
  const context = {
    ...dependencies,
    cookies: createCookies(url),
    tickets: createTicketOffice({ keyring, now }),
    login: createLogin({ redirectUri: `${url}${consentPaths.login}`, issuers, allowLoopback }),
  };
  const { ask, leave } = questionRoutes(context);
  const answer = answerRoute({ ...context, consents: boundConsents(context.consents, keyring) });
  const { begin, finish } = completionRoutes(context);

  function handlerOf({ method, path }: IdentityRequest): ((request: IdentityRequest) => Promise<Response>) | undefined {
    const get = method === "GET" || method === "HEAD";
    switch (path) {
      case consentPaths.question:
        return get ? ask : method === "POST" ? leave : notAllowed;
      case consentPaths.completion:
        return method === "GET" ? begin : notAllowed;
      case consentPaths.login:
        return method === "GET" ? finish : notAllowed;
      default:
        if (!path.startsWith(consentPaths.answer)) return undefined;
        return method === "GET" ? answer : notAllowed;
    }
  }

  return async (request) => {
    const handle = handlerOf(request);
    if (handle === undefined) return undefined;
    try {
      return await handle(request);
    } catch (error) {
      if (error instanceof Refused) {
        if (error.cause !== undefined) onFailure(`${error.title}: ${messageOf(error.cause)}`);
        return refusalPage(error.status, error.title, ...error.paragraphs);
      }
      onFailure(messageOf(error));
      const title = "Something went wrong";
      return refusalPage(
        500,
        title,
        `Nothing was given away. An administrator finds the reason under ${request.requestId}.`,
      );
    }
  };
}

async function notAllowed(): Promise<Response> {
  throw new Refused(405, "This is not how this address works", [
    "Ask the agent again, and open the link that it gives you.",
  ]);
}
