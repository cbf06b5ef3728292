import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { startCognitoLocal } from "./cognitoLocal.ts";

/** A user pool as Cognito has it, with one client. */
export interface UserPool extends AsyncDisposable {
  readonly url: string;
  readonly issuer: string;
  readonly jwksUrl: URL;
  readonly clientId: string;
  readonly clientSecret: string;
  addUser(email: string): Promise<void>;
  /** Signs a user in at the pool's page. @returns where the browser is sent then. */
  signIn(authorizationUrl: string, email: string): Promise<URL>;
  stop(): Promise<void>;
}

const password = "Only-for-tests-1";

/** For tests only: starts a pool. */
export async function startUserPool({ callbackUrl }: { readonly callbackUrl: string }): Promise<UserPool> {
  const { url, client, stop } = await startCognitoLocal();
  try {
    const { UserPool: pool } = await client.send(new CreateUserPoolCommand({ PoolName: "test" }));
    const UserPoolId = pool?.Id;
    const { UserPoolClient: app } = await client.send(
      new CreateUserPoolClientCommand({
        UserPoolId,
        ClientName: "gatehouse",
        GenerateSecret: true,
        CallbackURLs: [callbackUrl],
      }),
    );
    return {
      url,
      issuer: `${url}/${UserPoolId}`,
      jwksUrl: new URL(`${url}/${UserPoolId}/.well-known/jwks.json`),
      clientId: app?.ClientId ?? "",
      clientSecret: app?.ClientSecret ?? "",
      async addUser(email) {
        const user = { UserPoolId, Username: email };
        const UserAttributes = [{ Name: "email", Value: email }];
        await client.send(new AdminCreateUserCommand({ ...user, UserAttributes, MessageAction: "SUPPRESS" }));
        await client.send(new AdminSetUserPasswordCommand({ ...user, Password: password, Permanent: true }));
      },
      async signIn(authorizationUrl, email) {
        const { searchParams } = new URL(authorizationUrl);
        const body = new URLSearchParams([...searchParams, ["username", email], ["password", password]]);
        const response = await fetch(`${url}/oauth2/authorize`, { method: "POST", body, redirect: "manual" });
        const location = response.headers.get("location");
        if (location === null) throw new Error(`The pool answered ${response.status}: ${await response.text()}`);
        return new URL(location);
      },
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
