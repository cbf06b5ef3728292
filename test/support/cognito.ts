import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateGroupCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  InitiateAuthCommand,
} from "@aws-sdk/client-cognito-identity-provider";
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

const server = join(dirname(createRequire(import.meta.url).resolve("cognito-local")), "bin/start.js");
const password = "Not-A-Secret-1";
/** What cognito-local says its address is in discovery documents, wherever it is. */
const saidAddress = "http://localhost:9229";

/** Starts cognito-local with a pool, under an address of its own. */
export async function startCognito(): Promise<Cognito> {
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-cognito-"));
  let origin = "";
  const front = await serveWeb(async (request) => {
    const { pathname } = new URL(request.url);
    const text = await (await fetch(`${origin}${pathname}`)).text();
    return new Response(text.replaceAll(saidAddress, front.url), { headers: { "Content-Type": "application/json" } });
  });
  await mkdir(join(folder, ".cognito"));
  const configuration = { TokenConfig: { IssuerDomain: front.url } };
  await writeFile(join(folder, ".cognito/config.json"), JSON.stringify(configuration));
  const child = spawn(process.execPath, [server], {
    cwd: folder,
    env: { ...process.env, PORT: "0", HOST: "127.0.0.1", NODE_NO_WARNINGS: "1" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  origin = await addressOf(child);

  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new CognitoIdentityProviderClient({ endpoint: origin, region: "us-east-1", credentials });
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
      client.destroy();
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      await front.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Where it listens, once it says so; what it writes after that is read on and left alone. */
function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      const address = /running on (http:\/\/127\.0\.0\.1:\d+)/.exec(output)?.[1];
      if (address !== undefined) resolve(address);
    });
    child.once("exit", () => reject(new Error(`cognito-local did not start: ${output}`)));
  });
}
