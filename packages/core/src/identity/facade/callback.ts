import type { Cookies } from "../cookies.ts";
import type { IdentityRequest } from "../http.ts";
import { redirectResponse } from "../pages/page.ts";
import { unguessable } from "../unguessable.ts";
import { answerTo, handleOf } from "./authorize.ts";
import type { FacadeDependencies } from "./dependencies.ts";
import { facadeOf } from "./oauthClient.ts";
import { cantGoOn } from "./pages.ts";
import { keep, takeFlow } from "./sealedState.ts";

/**
 * Where the issuer sends the browser back to. The state is good once, and only in the browser that consented: a sign-in
 * that somebody else has begun and consented to leads nowhere here (T20). The issuer's code stays here, sealed, until the
 * client proves that it began the sign-in; the client gets a code of the facade's own.
 */
export async function callback(
  request: IdentityRequest,
  { cookies, ...dependencies }: FacadeDependencies & { readonly cookies: Cookies },
): Promise<Response> {
  const state = request.query.get("state") ?? "";
  const binding = cookies.get(request.headers, "sign-in", state) ?? "";
  const flow = await takeFlow(dependencies, handleOf(state, binding));
  if (flow === undefined) {
    throw cantGoOn(
      "This sign-in is over, or was begun in another browser. Begin to sign in again in your application.",
    );
  }
  const issuer = facadeOf(dependencies.url, flow.gatewayId);
  const error = request.query.get("error");
  if (error !== null || !request.query.has("code")) {
    // What the issuer says is told the administrator, in case it is about its client; the client learns who is to blame.
    const known = error !== null && /^[a-z_]{1,64}$/.test(error) ? error : "no code";
    if (known !== "access_denied") {
      dependencies.onFailure(`The issuer ended a sign-in: ${known}.`, { gatewayId: flow.gatewayId });
    }
    return onward(answerTo(flow, issuer, { error: known === "access_denied" ? known : "server_error" }));
  }
  const code = unguessable();
  await keep(dependencies, "CODE", code, { ...flow, issuerState: state, callback: request.query.toString() });
  return onward(answerTo(flow, issuer, { code }));

  function onward(address: URL): Response {
    return redirectResponse(address, cookies.clear("sign-in", state));
  }
}
