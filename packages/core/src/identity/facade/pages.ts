import { createHash } from "node:crypto";

const style = `
:root { color-scheme: light dark; }
body { font: 1.05rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 2rem auto; padding: 0 1rem; }
dt { font-weight: 600; margin-top: .75rem; }
dd { margin: 0; overflow-wrap: anywhere; }
p.warning { border-left: .3rem solid #b45309; padding-left: .75rem; }
button, a.button { font: inherit; padding: .6rem 1.4rem; margin: 1rem .75rem 0 0; cursor: pointer; }
`;

const headers = {
  "Content-Type": "text/html; charset=utf-8",
  "Cache-Control": "no-store",
  "Content-Security-Policy": [
    "default-src 'none'",
    `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join("; "),
  "X-Frame-Options": "DENY",
  "X-Content-Type-Options": "nosniff",
  // Not `no-referrer`: a browser would then hide the origin of the form as well, by which a forged one is known.
  "Referrer-Policy": "same-origin",
};

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
  return html(
    `Sign in for ${client.name}?`,
    `<h1>Sign in for “${text(client.name)}”?</h1>
<p>An application wants to use the tools of <strong>${text(gateway.name)}</strong> in your name.</p>
<dl>
<dt>Application</dt><dd>${text(client.name)}<br>${text(known)}</dd>
<dt>The answer goes to</dt><dd>${text(page.redirectHost)}${page.loopback ? " (this computer)" : ""}</dd>
<dt>Gateway</dt><dd>${text(gateway.name)}<br>${text(gateway.url)}</dd>
<dt>You sign in at</dt><dd>${text(page.issuerHost)}</dd>
${scopes.length === 0 ? "" : `<dt>It asks for</dt><dd>${scopes.map(text).join("<br>")}</dd>\n`}</dl>
<p class="warning">${text(claim)} Allow this only if you have just begun to sign in there yourself.</p>
<form method="post" action="${text(page.action)}">
<input type="hidden" name="ticket" value="${text(page.ticket)}">
<button type="submit" name="decision" value="deny">Cancel</button>
<button type="submit" name="decision" value="allow">Allow and sign in</button>
</form>`,
    { status: 200, headers: { "Set-Cookie": cookie } },
  );
}

/**
 * Leads a browser on after a form was sent. Not by a redirect: browsers hold that, and all that follow it, against the
 * `form-action` of the page with the form, and where the issuer leads to isn't known here.
 */
export function onwardPage(address: string, cookie?: string): Response {
  const refresh = `<meta http-equiv="refresh" content="0; url=${text(address)}">`;
  return html("One moment", `<h1>One moment</h1><p><a class="button" href="${text(address)}">Go on</a></p>`, {
    status: 200,
    head: refresh,
    headers: cookie === undefined ? {} : { "Set-Cookie": cookie },
  });
}

/** Tells a user what is wrong. Nobody is sent anywhere: an address that came with a faulty request is nobody's. */
export function errorPage(message: string, status = 400): Response {
  return html("This can't go on", `<h1>This can’t go on</h1><p>${text(message)}</p>`, { status });
}

/** The page for somebody who signs in too often, or whose neighbours do. */
export function tooManySignIns(retryAfterSeconds: number): Response {
  const page = errorPage(`Too many people sign in from your network. Try again in ${retryAfterSeconds} seconds.`, 429);
  page.headers.set("Retry-After", String(retryAfterSeconds));
  return page;
}

function html(
  title: string,
  main: string,
  {
    status,
    head = "",
    headers: more = {},
  }: { status: number; head?: string; headers?: Readonly<Record<string, string>> },
): Response {
  const document = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">${head}
<title>${text(title)}</title><style>${style}</style></head>
<body><main>
${main}
</main></body></html>
`;
  return new Response(document, { status, headers: { ...headers, ...more } });
}

function text(value: string): string {
  return value.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
