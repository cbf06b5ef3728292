import { createHash } from "node:crypto";
import { Html, html } from "../../html.ts";

/** A page of Gatehouse's own, which needs no script. */
export interface Page {
  readonly title: string;
  readonly body: Html;
  /** 200 where nothing is said. */
  readonly status?: number;
  /** A `Set-Cookie`. */
  readonly cookie?: string | undefined;
  /** An address that the browser goes to by itself; the body has a link to it as well. */
  readonly goesTo?: URL;
  /** Where forms of the page may lead, through redirects as well: to Gatehouse alone unless it says `anywhere`. */
  readonly formsLead?: "here" | "anywhere";
}

const style = `
:root { color-scheme: light dark; --line: #767676; --accent: #0b57d0; --on: #fff }
@media (prefers-color-scheme: dark) { :root { --accent: #a8c7fa; --on: #062e6f } }
body { font: 1.0625rem/1.5 system-ui, sans-serif; margin: 0 }
main { max-width: 36rem; margin: 0 auto; padding: 2rem 1rem; overflow-wrap: anywhere }
h1 { font-size: 1.5rem; line-height: 1.3 }
dt { font-weight: 600; margin-top: .75rem }
dd, ul { margin: 0; padding: 0 0 0 1rem }
code { font-family: ui-monospace, monospace }
.warning { border-left: .3rem solid #b45309; padding-left: .75rem }
a { color: var(--accent) }
button, input { font: inherit; padding: .6rem 1.2rem; border: 2px solid var(--line); border-radius: .4rem; margin: .25rem 0 }
button { background: var(--accent); color: var(--on); border-color: var(--accent); cursor: pointer }
:focus-visible { outline: 3px solid; outline-offset: 3px }
`;
const styleDigest = createHash("sha256").update(style).digest("base64");

/**
 * Answers with a page that runs no script, loads nothing, can't be framed (RFC 7034 for browsers that don't know
 * `frame-ancestors`), isn't kept, and whose address, which names a consent, is told to no other site. It tells its origin to
 * Gatehouse itself, because forms are recognised by it.
 */
export function pageResponse({ title, body, status = 200, cookie, goesTo, formsLead = "here" }: Page): Response {
  const refresh = goesTo && html`<meta http-equiv="refresh" content="0; url=${goesTo.href}">`;
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
${refresh}
<title>${title} - Gatehouse</title>
<style>${new Html(style)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`;
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${styleDigest}'`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  if (formsLead === "here") policy.push("form-action 'self'");
  const headers = new Headers({
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": policy.join("; "),
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
  });
  if (cookie !== undefined) headers.set("set-cookie", cookie);
  return new Response(document.text, { status, headers });
}

/**
 * Leads a browser on after a form was sent, and where it doesn't go by itself there is a link. Not by a redirect: browsers
 * hold that, and all that follow it, against the `form-action` of the page with the form, and where the way leads on from
 * there isn't known here.
 */
export function onwardPage(address: URL, cookie?: string): Response {
  const body = html`<p>You are being taken to <bdi>${address.host}</bdi>.</p>
<p><a href="${address.href}" rel="noreferrer">Go to ${address.host}</a></p>`;
  return pageResponse({ title: `On to ${address.host}`, body, cookie, goesTo: address });
}

/** Sends the browser on. No address that it has been at goes with it. */
export function redirectResponse(address: URL, cookie?: string): Response {
  const headers = new Headers({
    location: address.href,
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
  });
  if (cookie !== undefined) headers.set("set-cookie", cookie);
  return new Response(null, { status: 303, headers });
}
