import { html } from "../../html.ts";
import { pageResponse } from "../pages/page.ts";
import { Refused } from "../pages/refused.ts";

/** What a user is to agree to. */
export interface ConsentPage {
  readonly action: string;
  readonly ticket: string;
  readonly gateway: { readonly name: string; readonly url: string };
  readonly client: { readonly name: string; readonly host?: string };
  readonly redirectHost: string;
  /** Whether the answer goes to an application on the user's own machine. */
  readonly loopback: boolean;
  readonly issuerHost: string;
  readonly scopes: readonly string[];
}

/** Asks a user whether a client may have them sign in. Works without scripts, by keyboard, and in no frame. */
export function consentPage(page: ConsentPage, cookie: string): Response {
  const { client, gateway, scopes } = page;
  const known =
    client.host === undefined ? "It calls itself so; nobody has checked that." : `It is described by ${client.host}.`;
  const claim = page.loopback
    ? "The answer goes to a program on this computer. Any program can give itself this name."
    : `The answer goes to ${page.redirectHost}. Go on only if you know that site.`;
  const body = html`<p>An application wants to use the tools of <b><bdi>${gateway.name}</bdi></b> in your name.</p>
<dl>
<dt>Application</dt><dd><bdi>${client.name}</bdi><br>${known}</dd>
<dt>The answer goes to</dt><dd>${page.redirectHost}${page.loopback ? " (this computer)" : ""}</dd>
<dt>Gateway</dt><dd><bdi>${gateway.name}</bdi><br>${gateway.url}</dd>
<dt>You sign in at</dt><dd>${page.issuerHost}</dd>
${scopes.length === 0 ? undefined : html`<dt>It asks for</dt><dd><ul>${scopes.map((scope) => html`<li><code>${scope}</code></li>`)}</ul></dd>`}
</dl>
<p class="warning">${claim} Allow this only if you have just begun to sign in there yourself.</p>
<form method="post" action="${page.action}">
<input type="hidden" name="ticket" value="${page.ticket}">
<button type="submit" name="decision" value="deny">Cancel</button>
<button type="submit" name="decision" value="allow">Allow and sign in</button>
</form>`;
  return pageResponse({ title: `Sign in for “${client.name}”?`, body, cookie });
}

/** Tells a user what is wrong. Nobody is sent anywhere: an address that came with a faulty request is nobody's. */
export function cantGoOn(message: string, status = 400): Refused {
  return new Refused(status, "This can't go on", [message]);
}
