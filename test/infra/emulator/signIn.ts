import { createHash, randomBytes } from "node:crypto";
import { AdminCreateUserCommand, AdminSetUserPasswordCommand } from "@aws-sdk/client-cognito-identity-provider";
import { all } from "../checks/find.ts";
import type { Emulation } from "./emulation.ts";

const callback = "http://localhost:6274/oauth/callback";

/** The deployed user pool as an issuer. */
export function poolOf({ graph, names, endpoint }: Emulation) {
  const [pool] = all(graph, "cognito/userPool");
  const client = all(graph, "cognito/userPoolClient").find(({ inputs }) => inputs.name === "users");
  const id: string = names.in(pool?.outputs.id);
  return { id, clientId: String(names.in(client?.outputs.id)), issuer: `${endpoint}/${id}` };
}

/**
 * Creates a user as an administrator does, and signs in as that user with a browser's requests: authorization code with
 * PKCE (RFC 7636). @returns the access token.
 */
export async function signIn(emulation: Emulation, email: string, department?: string): Promise<string> {
  const { id: UserPoolId, clientId } = poolOf(emulation);
  const password = `Gate-1-${randomBytes(12).toString("base64url")}`;
  const given = department === undefined ? [] : [{ Name: "custom:department", Value: department }];
  const UserAttributes = [{ Name: "email", Value: email }, ...given];
  const user = { UserPoolId, Username: email };
  await emulation.aws.cognito.send(
    new AdminCreateUserCommand({
      ...user,
      UserAttributes,
      // The one that ministack 1.5.33 would make up is too short for the pool's policy.
      TemporaryPassword: password,
      MessageAction: "SUPPRESS",
    }),
  );
  await emulation.aws.cognito.send(new AdminSetUserPasswordCommand({ ...user, Password: password, Permanent: true }));

  const verifier = randomBytes(32).toString("base64url");
  const request = {
    client_id: clientId,
    redirect_uri: callback,
    response_type: "code",
    scope: "openid gatehouse/invoke",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
  };
  const post = (path: string, form: Record<string, string>) =>
    fetch(`${emulation.endpoint}${path}`, { method: "POST", body: new URLSearchParams(form), redirect: "manual" });
  const signedIn = await post("/login", { ...request, username: email, password });
  const code = new URL(signedIn.headers.get("location") ?? "").searchParams.get("code") ?? "";
  const exchange = { grant_type: "authorization_code", client_id: clientId, redirect_uri: callback };
  const tokens = await post("/oauth2/token", { ...exchange, code, code_verifier: verifier });
  const { access_token } = (await tokens.json()) as { access_token: string };
  return access_token;
}
