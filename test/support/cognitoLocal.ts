import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { CognitoIdentityProviderClient } from "@aws-sdk/client-cognito-identity-provider";
import { freePort } from "@gatehouse/core/testing/freePort.ts";

/** A server that does as Cognito does, with a client for its administration. */
export interface CognitoLocal extends AsyncDisposable {
  readonly url: string;
  readonly client: CognitoIdentityProviderClient;
  stop(): Promise<void>;
}

/**
 * For tests only: starts cognito-local in a folder of its own, on a free port of loopback.
 * @param issuerDomain what its tokens' issuers begin with; its own address unless given.
 */
export async function startCognitoLocal(issuerDomain?: string): Promise<CognitoLocal> {
  const [port, cwd] = [await freePort(), await mkdtemp(join(tmpdir(), "gatehouse-cognito-"))];
  const url = `http://127.0.0.1:${port}`;
  await mkdir(join(cwd, ".cognito"));
  const configuration = { TokenConfig: { IssuerDomain: issuerDomain ?? url } };
  await writeFile(join(cwd, ".cognito/config.json"), JSON.stringify(configuration));
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
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, client, stop, [Symbol.asyncDispose]: stop };
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
