import type { IdentityRoutes } from "../http.ts";
import type { DeploymentKey } from "./deploymentKey.ts";
import { jwksSeconds } from "./signingSchedule.ts";

/** Where the public keys of a deployment are. */
export const jwksPath = "/oauth/jwks.json";

/** Serves the public keys that others verify Gatehouse's JWTs with. */
export function createJwksRoutes({ deploymentKey }: { readonly deploymentKey: DeploymentKey }): IdentityRoutes {
  return async ({ method, path }) => {
    if (path !== jwksPath) return undefined;
    if (method !== "GET" && method !== "HEAD")
      return new Response(null, { status: 405, headers: { allow: "GET, HEAD" } });
    return Response.json(await deploymentKey.jwks(), {
      headers: { "content-type": "application/jwk-set+json", "cache-control": `public, max-age=${jwksSeconds}` },
    });
  };
}
