import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { freePort } from "@gatehouse/core/testing/freePort.ts";

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

/** For tests only: starts cognito-local in a folder of its own, on a free port of loopback. */
export async function startUserPool({ callbackUrl }: { readonly callbackUrl: string }): Promise<UserPool> {
  const [port, cwd] = [await freePort(), await mkdtemp(join(tmpdir(), "gatehouse-cognito-"))];
  const url = `http://127.0.0.1:${port}`;
  const script = createRequire(import.meta.url).resolve("cognito-local/lib/bin/start.js");
  const env = { PATH: process.env.PATH, HOST: "127.0.0.1", PORT: String(port) };
  const server = spawn(process.execPath, [script], { cwd, env, stdio: "ignore" });
  const endWithUs = () => server.kill("SIGKILL");
  process.once("exit", endWithUs);
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const client = new CognitoIdentityProviderClient({ endpoint: url, region: "us-east-1", credentials });
  const stop = async () => {
    process.off("exit", endWithUs);
    client.destroy();
    if (server.exitCode === null && server.kill()) await once(server, "exit");
    await rm(cwd, { recursive: true, force: true });
  };
  try {
    await untilReady(url);
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

async function untilReady(url: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const response = await fetch(`${url}/health`).catch(() => undefined);
    if (response?.ok) return;
    if (Date.now() > deadline) throw new Error("cognito-local doesn't answer; is it installed?");
    await delay(50);
  }
}
