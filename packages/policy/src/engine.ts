import { expand, isCedar } from "./files.ts";
import { chooseGateway, type Gateway, type GatewayFile, readCedarFiles, readGatewayFile } from "./gateway.ts";
import { checkNames, type NamedPolicy } from "./policies.ts";
import { type Finding, FoundError } from "./problem.ts";
import { validityOf } from "./review.ts";

/** What is to be tried: a gateway's tools, and the policies that decide about them. */
export interface Trial {
  readonly gateway: Gateway;
  readonly policies: readonly NamedPolicy[];
}

/** The gateway that is meant. @throws FoundError for a file that can't be applied, its policies included. */
export async function readGateway(
  file: string,
  name: string | undefined,
  variables: Readonly<Record<string, string>>,
): Promise<{ readonly context: GatewayFile; readonly gateway: Gateway }> {
  const context = await readGatewayFile(file, variables);
  if (context.findings.length > 0) throw new FoundError(context.findings);
  return { context, gateway: chooseGateway(context, name) };
}

/**
 * The policies of Cedar files, folders and documents, for a gateway.
 * @throws FoundError where one is not valid: what it would decide is unknown.
 */
export async function readPolicies(
  names: readonly string[],
  { context, gateway }: Awaited<ReturnType<typeof readGateway>>,
  variables: Readonly<Record<string, string>>,
): Promise<readonly NamedPolicy[]> {
  const files = await expand(names);
  const documents = await Promise.all(
    files.filter((file) => !isCedar(file)).map((file) => readGateway(file, gateway.name, variables)),
  );
  const cedar = await readCedarFiles(files.filter(isCedar), context);
  const policies = [...documents.flatMap((document) => document.gateway.policies), ...cedar.policies];
  await requireSound(policies, gateway, cedar.findings);
  return policies;
}

/** @throws FoundError where policies are not valid, or can't be told from each other. */
export async function requireSound(
  policies: readonly NamedPolicy[],
  gateway: Gateway,
  known: readonly Finding[] = [],
): Promise<void> {
  const reviewed = policies.flatMap((policy) => validityOf(policy, gateway));
  const errors = [...known, ...checkNames(policies), ...reviewed].filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new FoundError(errors);
}
