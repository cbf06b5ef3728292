import type { ServerResponse } from "node:http";
import { redirectResponse } from "@gatehouse/core/identity/pages/page.ts";
import { refuse } from "../http/answer.ts";
import type { Mount } from "../http/front.ts";
import { isLoopback } from "../http/guard.ts";
import type { Idp } from "./idp.ts";
import { needsSignIn, signInPage } from "./signIn.ts";

const discovery = "/.well-known/openid-configuration";
/** Where RFC 8414 (section 3.1) and clients of MCP look for the metadata of an issuer that has a path. */
const aliases = new Set(["/.well-known/oauth-authorization-server/idp", "/.well-known/openid-configuration/idp"]);
const bodyLimit = 64 * 1024;

/**
 * Puts the development issuer under `/idp`, for callers on loopback only, whatever the front is bound to: it gives
 * anybody any name.
 */
export function mountIdp(idp: Idp): Mount {
  return (request, response, path) => {
    const inner = aliases.has(path) ? discovery : innerPath(path);
    if (inner === undefined) return false;
    if (!isLoopback(request.socket.remoteAddress)) {
      refuse(response, 403, "AccessDeniedException", "The development issuer answers callers on its own machine only.");
      return true;
    }
    const query = (request.url ?? "").slice(path.length);
    const parameter = redirects.get(inner);
    if (parameter !== undefined && !new URLSearchParams(query).getAll(parameter.name).every(isAllowedRedirect)) {
      const message = `${parameter.name} must lead to this machine or to an installed application.`;
      refuse(response, 400, "ValidationException", message);
      return true;
    }
    const parameters = new URLSearchParams(query);
    if (inner === "/authorize" && request.method === "GET" && needsSignIn(parameters)) {
      send(response, askWho(idp.issuer, parameters));
      return true;
    }
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > bodyLimit) request.destroy();
    });
    request.url = inner + query;
    idp.service.requestHandler(request, response);
    return true;
  };
}

/** Asks who it is, unless the client says that nobody may be asked (OpenID Connect Core 1.0, section 3.1.2.6). */
function askWho(issuer: string, query: URLSearchParams): Response {
  const redirect = query.get("redirect_uri");
  if (query.get("prompt") !== "none" || redirect === null) return signInPage(`${issuer}/authorize`, query);
  const address = new URL(redirect);
  address.searchParams.set("error", "login_required");
  const state = query.get("state");
  if (state !== null) address.searchParams.set("state", state);
  return redirectResponse(address);
}

function send(response: ServerResponse, answer: Response): void {
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  void answer.text().then((text) => response.end(text));
}

/** Where the issuer sends a browser on, and the parameter that says whereto. */
const redirects = new Map([
  ["/authorize", { name: "redirect_uri" }],
  ["/endsession", { name: "post_logout_redirect_uri" }],
]);

/**
 * The path below `/idp` as the library will read it, so that what is checked is what is served: it resolves dots, takes what
 * follows two slashes for a host, and drops a slash at the end.
 */
function innerPath(path: string): string | undefined {
  if (!path.startsWith("/idp/")) return undefined;
  const { pathname } = new URL(`http://localhost${path.slice("/idp".length)}`);
  return `/${pathname.replaceAll(/^\/+|\/+$/g, "")}`;
}

/**
 * Nobody is asked for consent, so a code must not leave the machine: a page anywhere could send a browser here and have the
 * code sent back to itself (T20).
 */
function isAllowedRedirect(redirect: string): boolean {
  if (!URL.canParse(redirect)) return false;
  const { protocol, hostname } = new URL(redirect);
  if (protocol === "http:" || protocol === "https:") return ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
  return !["javascript:", "data:", "file:", "blob:", "vbscript:", "about:"].includes(protocol);
}
