import { problemsOf } from "@gatehouse/apply/check.ts";
import type { Deployment } from "@gatehouse/apply/deployment.ts";
import { type Document, readDocument } from "@gatehouse/apply/document.ts";
import { futureGateways } from "@gatehouse/apply/futureGateways.ts";
import type { Problem } from "@gatehouse/apply/problems.ts";
import { lookUp, replaceReferences, withStandIns } from "@gatehouse/apply/references.ts";
import { resolveDocument } from "@gatehouse/apply/resolved.ts";
import type { VariableSource } from "@gatehouse/apply/variables.ts";
import { readYaml } from "@gatehouse/apply/yaml.ts";
import { nearestName } from "@gatehouse/core/control/administration/nearest.ts";
import type { JsonObject } from "@gatehouse/core/json.ts";
import { appliesTo, parsePolicy } from "@gatehouse/core/policy/validate.ts";
import type { GatewayConfiguration } from "@gatehouse/core/storage/records.ts";
import { readText } from "./files.ts";
import { type NamedPolicy, policiesIn, type ReadPolicies } from "./policies.ts";
import { type Finding, findingsOf, UsageError } from "./problem.ts";
import { gatewayOfTools, isToolsFile, toolsGateway } from "./toolsFile.ts";

/** A gateway of a file, as policies see it, and the policies that the file has for it. */
export interface Gateway {
  readonly name: string;
  readonly configuration: GatewayConfiguration;
  /** Whether it has tools that only the service knows: those of its MCP servers. */
  readonly hasUnknownTools: boolean;
  /** Whether an action is that of a tool, or of a target, whose tools are in the file. */
  knows(action: string): boolean;
  readonly policies: readonly NamedPolicy[];
}

/** A file for `npm run apply`, read without a server. */
export interface GatewayFile {
  readonly file: string;
  readonly gateways: readonly Gateway[];
  /** Everything that keeps it from being applied, policies that aren't valid included. */
  readonly findings: readonly Finding[];
  /** A text with `${gateway.NAME.arn}` and the like replaced as in this file. */
  resolve(text: string): string;
}

const nothing: Deployment = { region: "us-east-1", gateways: new Map(), policyEngines: new Map() };

/**
 * Reads a document of gateways and policy engines, as it would be applied to where there is nothing, or a list of tools as
 * `tools/list` answers it.
 */
export async function readGatewayFile(file: string, variables: VariableSource["variables"]): Promise<GatewayFile> {
  const text = await readText(file);
  try {
    const { value, lineOf } = readYaml(text);
    if (isToolsFile(value)) return readTools(value, file, lineOf);
    return readWhole(readDocument(text, { variables, environment: process.env }), file);
  } catch (error) {
    return { file, gateways: [], findings: findingsOf(error, file), resolve: (text) => text };
  }
}

function readWhole(document: Document, file: string): GatewayFile {
  const findings = problemsOf(document, nothing).map((problem) => findingOf(problem, file));
  const surroundings = withStandIns(nothing, document.gateways.keys());
  return {
    file,
    gateways: gatewaysOf(document, file),
    findings,
    resolve: (text) => resolved(text, (reference) => lookUp(reference, surroundings)),
  };
}

function readTools(value: JsonObject, file: string, lineOf: Document["lineOf"]): GatewayFile {
  const { configuration, problems = [] } = { configuration: undefined, ...gatewayOfTools(value) };
  const findings = problems.map((problem) => findingOf({ ...problem, line: lineOf(problem.path) }, file));
  const arn = configuration?.gateway.gatewayArn;
  const resolve = (text: string) =>
    resolved(text, (reference) => (reference === `gateway.${toolsGateway}.arn` ? arn : undefined));
  if (configuration === undefined) return { file, gateways: [], findings, resolve };
  const gateway = { name: toolsGateway, configuration, hasUnknownTools: false, knows: () => true, policies: [] };
  return { file, gateways: [gateway], findings, resolve };
}

/** A text with the references replaced that are known; the others become part of what is wrong with a policy. */
function resolved(text: string, find: (reference: string) => string | undefined): string {
  const replace = (reference: string) => {
    const found = find(reference);
    return found === undefined ? ("keep" as const) : { text: found };
  };
  return replaceReferences(text, true, replace, () => {});
}

function gatewaysOf(document: Document, file: string): Gateway[] {
  const whole = resolveDocument(document, nothing, []);
  return futureGateways(whole, nothing, new Set(), {}).flatMap(({ name, arn, engine, ...gateway }) => {
    const { configuration, hasUnknownTools, knows } = gateway;
    if (configuration === undefined) return [];
    const entries = [...(whole.policyEngines.get(engine ?? "")?.policies ?? [])];
    const policies = entries.flatMap(([policy, { statement, enforcementMode, validationMode }]): NamedPolicy[] => {
      if (typeof statement !== "string" || !isFor(statement, arn)) return [];
      const line = document.lineOf(`policyEngines.${engine}.policies.${policy}.statement`);
      const logOnly = enforcementMode === "LOG_ONLY";
      const ignoresFindings = validationMode === "IGNORE_ALL_FINDINGS";
      return [{ name: policy, statement, place: { file, line }, logOnly, ignoresFindings }];
    });
    return [{ name, configuration, hasUnknownTools, knows, policies }];
  });
}

/** Whether a policy has a say in calls of a gateway. One that can't be read might. */
function isFor(statement: string, arn: string): boolean {
  try {
    return appliesTo(parsePolicy(statement), arn);
  } catch {
    return true;
  }
}

function findingOf(
  { path, message, line }: Omit<Problem, "line"> & { readonly line?: number | undefined },
  file: string,
): Finding {
  return { severity: "error", place: { file, line }, message: path === "" ? message : `${path} ${message}` };
}

/** The gateway of a file that is meant. @throws UsageError where that isn't clear. */
export function chooseGateway({ file, gateways }: GatewayFile, name: string | undefined): Gateway {
  const names = gateways.map((gateway) => gateway.name);
  const there = names.length === 0 ? "there is none" : `there are ${names.join(", ")}`;
  if (name === undefined) {
    const [only] = gateways;
    if (only !== undefined && gateways.length === 1) return only;
    throw new UsageError(`Say --gateway-name: which gateway of ${file} is meant; ${there}.`);
  }
  const chosen = gateways.find((gateway) => gateway.name === name);
  if (chosen !== undefined) return chosen;
  const nearest = nearestName(name, names);
  const hint = nearest === undefined ? there : `did you mean ${nearest}?`;
  throw new UsageError(`${file} has no gateway ${name}; ${hint}`);
}

/** The policies of Cedar files, for a gateway of a file. */
export async function readCedarFiles(
  files: readonly string[],
  { resolve }: Pick<GatewayFile, "resolve">,
): Promise<ReadPolicies> {
  const read = await Promise.all(files.map(async (file) => policiesIn(resolve(await readText(file)), file)));
  return { policies: read.flatMap(({ policies }) => policies), findings: read.flatMap(({ findings }) => findings) };
}
