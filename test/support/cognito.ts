import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CreateGroupCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  InitiateAuthCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { startCognitoLocal } from "./cognitoLocal.ts";
import { serveWeb } from "./webServer.ts";

/** A user pool with the tokens that Cognito would give. */
export interface Cognito extends AsyncDisposable {
  readonly discoveryUrl: string;
  /** Registers a client of the pool. */
  addClient(): Promise<string>;
  /** Registers a user, in these groups. */
  addUser(username: string, groups?: readonly string[]): Promise<void>;
  signIn(clientId: string, username: string): Promise<{ access: string; id: string; refresh: string }>;
}

const password = "Not-A-Secret-1";
/** What cognito-local says its address is in discovery documents, wherever it is. */
const saidAddress = "http://localhost:9229";

/** Starts cognito-local with a pool, under an address of its own. */
export async function startCognito(): Promise<Cognito> {
  let origin = "";
  const front = await serveWeb(async (request) => {
    const { pathname } = new URL(request.url);
    const text = await (await fetch(`${origin}${pathname}`)).text();
    return new Response(text.replaceAll(saidAddress, front.url), { headers: { "Content-Type": "application/json" } });
  });
  const { url, client, stop } = await startCognitoLocal(front.url);
  origin = url;
  const { UserPool } = await client.send(new CreateUserPoolCommand({ PoolName: "test" }));
  const UserPoolId = UserPool?.Id ?? "";

  return {
    discoveryUrl: `${front.url}/${UserPoolId}/.well-known/openid-configuration`,
    async addClient() {
      const ExplicitAuthFlows = ["ALLOW_USER_PASSWORD_AUTH" as const];
      const created = await client.send(
        new CreateUserPoolClientCommand({ UserPoolId, ClientName: "agent", ExplicitAuthFlows }),
      );
      return created.UserPoolClient?.ClientId ?? "";
    },
    async addUser(Username, groups = []) {
      await client.send(new AdminCreateUserCommand({ UserPoolId, Username, MessageAction: "SUPPRESS" }));
      await client.send(new AdminSetUserPasswordCommand({ UserPoolId, Username, Password: password, Permanent: true }));
      for (const GroupName of groups) {
        await client.send(new CreateGroupCommand({ UserPoolId, GroupName }));
        await client.send(new AdminAddUserToGroupCommand({ UserPoolId, GroupName, Username }));
      }
    },
    async signIn(ClientId, USERNAME) {
      const { AuthenticationResult: tokens } = await client.send(
        new InitiateAuthCommand({
          ClientId,
          AuthFlow: "USER_PASSWORD_AUTH",
          AuthParameters: { USERNAME, PASSWORD: password },
        }),
      );
      return {
        access: tokens?.AccessToken ?? "",
        id: tokens?.IdToken ?? "",
        refresh: tokens?.RefreshToken ?? "",
      };
    },
    async [Symbol.asyncDispose]() {
      await stop();
      await front.stop();
    },
  };
}
