import { createCookies } from "../cookies.ts";
import type { IdentityRequest, IdentityRoutes } from "../http.ts";
import { inPages, methodRefused } from "../pages/refused.ts";
import { answerRoute } from "./answer.ts";
import { completionRoutes } from "./completion.ts";
import type { ConsentDependencies } from "./context.ts";
import { createLogin } from "./login.ts";
import { consentPaths } from "./paths.ts";
import { questionRoutes } from "./question.ts";
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
  const answer = answerRoute(context);
  const { begin, finish } = completionRoutes(context);

  function handlerOf({ method, path }: IdentityRequest): ((request: IdentityRequest) => Promise<Response>) | undefined {
    const get = method === "GET" || method === "HEAD";
    switch (path) {
      case consentPaths.question:
        return get ? ask : method === "POST" ? leave : refusing("GET, HEAD, POST");
      case consentPaths.completion:
        return method === "GET" ? begin : refusing("GET");
      case consentPaths.login:
        return method === "GET" ? finish : refusing("GET");
      default:
        if (!path.startsWith(consentPaths.answer)) return undefined;
        return method === "GET" ? answer : refusing("GET");
    }
  }

  return async (request) => {
    const handle = handlerOf(request);
    return handle && inPages(() => handle(request), { requestId: request.requestId, onFailure });
  };
}

function refusing(allow: string) {
  return async (): Promise<Response> => {
    throw methodRefused(allow);
  };
}
