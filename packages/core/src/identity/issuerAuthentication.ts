import { type ClientAuth, ClientSecretBasic, ClientSecretPost, None } from "openid-client";

/**
 * How Gatehouse proves to a gateway's issuer that it is its client: not at all as a public one, else by HTTP Basic, which is
 * what every server must take from clients with a password (RFC 6749, section 2.3.1), or in the form where the issuer says
 * that it takes that and not Basic.
 * @param methods `token_endpoint_auth_methods_supported`, with its default of RFC 8414 (section 2).
 */
export function issuerAuthentication(
  secret: string | undefined,
  methods: readonly string[] = ["client_secret_basic"],
): ClientAuth {
  if (secret === undefined) return None();
  const postAlone = methods.includes("client_secret_post") && !methods.includes("client_secret_basic");
  return postAlone ? ClientSecretPost(secret) : ClientSecretBasic(secret);
}
