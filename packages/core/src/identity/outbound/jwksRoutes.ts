import type { IdentityRoutes } from "../http.ts";
import type { DeploymentKey } from "./deploymentKey.ts";

/** Where the public key of a deployment is. */
export const jwksPath = "/oauth/jwks.json";

/** Serves the public key that others verify Gatehouse's JWTs with. */
export function createJwksRoutes({ deploymentKey }: { readonly deploymentKey: DeploymentKey }): IdentityRoutes {
  return async ({ method, path }) => {
    if (path !== jwksPath) return undefined;
    if (method !== "GET" && method !== "HEAD")
      return new Response(null, { status: 405, headers: { allow: "GET, HEAD" } });
    return Response.json(await deploymentKey.jwks(), {
      headers: { "content-type": "application/jwk-set+json", "cache-control": "public, max-age=300" },
    });
  };
}
