import type { createCredentials } from "@gatehouse/core/identity/outbound/createCredentials.ts";
import type { TokenRequest, User } from "@gatehouse/core/identity/outbound/credentials.ts";
import { signIn } from "./authorizationServer.ts";

type Process = ReturnType<typeof createCredentials>;

/** The callback id and the parameters of an address that an issuer sends the browser to. */
export function answerAt(address: URL): readonly [callbackId: string, parameters: URLSearchParams] {
  return [address.pathname.split("/").at(-1) ?? "", address.searchParams];
}

/** Begins a consent: what `token` answers when the vault has none. */
export async function beginConsent({ credentials }: Process, request: TokenRequest): Promise<string> {
  const answer = await credentials.token(request);
  if (!("sessionUri" in answer)) throw new Error("There is a token already.");
  return answer.sessionUri;
}

/** Walks a whole consent. @param at the name that the user signs in with at the issuer. */
export async function consent(process: Process, request: TokenRequest & { readonly user: User }, at: string) {
  const sessionUri = await beginConsent(process, request);
  const answered = await signIn(await process.consents.begin(sessionUri), at);
  const next = await process.consents.callback(...answerAt(answered));
  await process.consents.complete(sessionUri, request.user);
  return { sessionUri, next };
}

/** The access token of an answer. */
export async function accessToken({ credentials }: Process, request: TokenRequest): Promise<string> {
  const answer = await credentials.token(request);
  if (!("accessToken" in answer)) throw new Error("The user is to consent first.");
  return answer.accessToken;
}
