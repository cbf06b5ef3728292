import { type Html, html } from "../../html.ts";
import type { ConsentDescription, User } from "../outbound/credentials.ts";
import { pageResponse } from "../pages/page.ts";

/** What somebody is asked before anything leaves for the provider's issuer. */
export function consentPage(
  consent: ConsentDescription,
  form: { readonly action: string; readonly session: string; readonly ticket: string; readonly cookie: string },
): Response {
  const { agent, user, provider, issuer, scopes, returnUrl } = consent;
  const body = html`<p>The agent <b><bdi>${agent}</bdi></b> asks to work with your account at <b><bdi>${issuer}</bdi></b>.</p>
<dl>
<dt>Agent</dt><dd><bdi>${agent}</bdi></dd>
<dt>Works for</dt><dd>${described(user)}</dd>
<dt>Asks at</dt><dd><bdi>${issuer}</bdi> (credential provider <bdi>${provider}</bdi>)</dd>
<dt>May then</dt><dd>${scopeList(scopes)}</dd>
<dt>Afterwards you go to</dt><dd>${returnUrl === undefined ? "a page of Gatehouse, which asks who you are" : html`<bdi>${hostOf(returnUrl)}</bdi>`}</dd>
</dl>
<p class="warning"><b>Continue only if you have just asked this agent to do something for you.</b> If somebody has sent you this link, or you
are not who is named above, close this page: nothing happens then.</p>
<form method="post" action="${form.action}">
<input type="hidden" name="session" value="${form.session}">
<input type="hidden" name="ticket" value="${form.ticket}">
<button type="submit">Continue to ${issuer}</button>
</form>`;
  return pageResponse({ title: "An agent asks for access to your account", body, cookie: form.cookie });
}

/** The end of a consent that no application waits for. */
export function donePage(): Response {
  const body = html`<p>The agent can now work with your account. You can close this page and go back to it.</p>`;
  return pageResponse({ title: "You have given access", body });
}

function described(user: User): Html {
  if (user.kind === "id") return html`<bdi>${user.id}</bdi>`;
  return html`<bdi>${user.subject}</bdi>, a user of <bdi>${hostOf(user.issuer)}</bdi>`;
}

function scopeList(scopes: readonly string[]): Html {
  if (scopes.length === 0) return html`whatever the issuer allows where nothing is named (no scopes)`;
  return html`<ul>${scopes.map((scope) => html`<li><code><bdi>${scope}</bdi></code></li>`)}</ul>`;
}

function hostOf(address: string): string {
  return URL.parse(address)?.host || address;
}
