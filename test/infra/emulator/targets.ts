import { fileURLToPath } from "node:url";
import { CreateRoleCommand } from "@aws-sdk/client-iam";
import { CreateFunctionCommand, waitUntilFunctionActiveV2 } from "@aws-sdk/client-lambda";
import { build } from "esbuild";
import { account, region } from "../synth/graph.ts";
import type { Clients } from "./clients.ts";
import { zip } from "./zip.ts";

/** The insurance company's functions, which its gateway has as targets: no part of the deployment. */
const targets = ["insurance-application", "insurance-risk-model", "insurance-approval"] as const;

/** Their ARNs, which a deployer tells the stage (`invocableFunctions`). */
export const targetArns = targets.map((name) => `arn:aws:lambda:${region}:${account}:function:${name}`);

/** Creates the functions, bundled, each by its name, with a role that may do nothing. */
export async function createTargets({ iam, lambda }: Clients): Promise<void> {
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
  });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: "insurance", AssumeRolePolicyDocument }));
  await Promise.all(
    targets.map(async (name) => {
      await lambda.send(
        new CreateFunctionCommand({
          FunctionName: name,
          Role: Role?.Arn,
          Runtime: "nodejs24.x",
          Handler: "index.handler",
          Code: { ZipFile: zip("index.mjs", await bundle(name)) },
        }),
      );
      await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 60, minDelay: 1 }, { FunctionName: name });
    }),
  );
}

async function bundle(name: string): Promise<Uint8Array> {
  const functions = new URL("functions/", import.meta.resolve("@gatehouse/example-insurance/setup.ts"));
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`${name}.ts`, functions))],
    bundle: true,
    platform: "node",
    format: "esm",
    write: false,
  });
  return outputFiles[0]?.contents ?? new Uint8Array();
}
