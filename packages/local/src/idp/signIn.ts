import { userInfo } from "node:os";
import { html } from "@gatehouse/core/html.ts";
import { pageResponse } from "@gatehouse/core/identity/pages/page.ts";

/** Names that are offered at first. */
const usual = ["developer", "alice", "bob"];

/**
 * The page at which somebody says who they are. There is no password: the development issuer believes everybody on its
 * own machine.
 * @param authorize the address of the authorization endpoint
 * @param query the authorization request, which is repeated with a `login_hint` (OpenID Connect Core 1.0, section 3.1.2.1)
 */
export function signInPage(authorize: string, query: URLSearchParams): Response {
  const hidden = [...query]
    .filter(([name]) => name !== "login_hint")
    .map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">\n`);
  const names = [...new Set([userName(), ...usual])].filter((name) => name !== undefined);
  const client = query.get("client_id");
  const body = html`<p>${client === null ? "An application" : html`The application <b><bdi>${client}</bdi></b>`} wants to know who you are. This is the development
issuer of one machine: it believes whatever you say, and is there for nobody else.</p>
<form method="get" action="${authorize}">
${hidden}
<p>${names.map((name) => html`<button type="submit" name="login_hint" value="${name}">${name}</button> `)}</p>
</form>
<form method="get" action="${authorize}">
${hidden}
<p><label for="name">Somebody else</label><br>
<input id="name" name="login_hint" required autocomplete="username" autocapitalize="none" spellcheck="false">
<button type="submit">Sign in</button></p>
</form>`;
  // The way goes on to the client, whose address may have a scheme of its own; browsers hold that against `form-action`.
  return pageResponse({ title: "Who are you?", body, formsLead: "anywhere" });
}

/**
 * Whether somebody has to be asked: a request that names the user goes through, as programs without a browser make it.
 */
export function needsSignIn(query: URLSearchParams): boolean {
  return (query.get("login_hint") ?? "") === "";
}

/** Not every process belongs to somebody with a name, as in a container. */
function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}
