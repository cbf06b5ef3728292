import { visible } from "@gatehouse/apply/visible.ts";
import { compileArgumentsCheck } from "@gatehouse/core/arguments.ts";
import { nearestName } from "@gatehouse/core/control/administration/nearest.ts";
import { featureActionsOf } from "@gatehouse/core/features.ts";
import { principalOf } from "@gatehouse/core/identity/claims.ts";
import type { Principal } from "@gatehouse/core/identity/principal.ts";
import type { JsonObject } from "@gatehouse/core/json.ts";
import { compilePolicies, type PolicyDecision, type PolicyEngine } from "@gatehouse/core/policy/engine.ts";
import { principalTypeOf, toolsOf } from "@gatehouse/core/tools.ts";
import { type CaseFile, type PolicyCase, readCaseFile } from "./caseFile.ts";
import { exit, readArguments, variablesOf } from "./commandLine.ts";
import { readGateway, readPolicies, requireSound, type Trial } from "./engine.ts";
import { inForce, type NamedPolicy } from "./policies.ts";
import { UsageError } from "./problem.ts";

/** Decides the cases of files, and prints those that are decided otherwise than they expect. */
export async function testPolicies(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, { set: { type: "string", multiple: true, default: [] } });
  if (positionals.length === 0) throw new UsageError("Name a file of cases: npm run policy -- test CASES...");
  let [passed, failed] = [0, 0];
  for (const file of positionals) {
    const caseFile = await readCaseFile(file);
    const trial = await trialOf(caseFile, { ...caseFile.variables, ...variablesOf(values.set) });
    for (const failure of failuresOf(caseFile, trial)) {
      failed += 1;
      console.log(failure.split("\n").map(visible).join("\n"));
    }
    passed += caseFile.cases.length;
  }
  console.log(`${passed - failed} passed, ${failed} failed`);
  return failed === 0 ? exit.good : exit.found;
}

async function trialOf(caseFile: CaseFile, variables: Readonly<Record<string, string>>): Promise<Trial> {
  const found = await readGateway(caseFile.gateway, caseFile.gatewayName, variables);
  const { context, gateway } = found;
  if (caseFile.policies === undefined) return { gateway, policies: gateway.policies };
  const files = caseFile.policies.filter((policy) => typeof policy === "string");
  const inline = caseFile.policies.flatMap((policy): NamedPolicy[] => {
    if (typeof policy === "string") return [];
    const { name, statement, line } = policy;
    return [{ name, statement: context.resolve(statement), place: { file: caseFile.file, line } }];
  });
  const policies = [...(await readPolicies(files, found, variables)), ...inline];
  await requireSound(policies, gateway);
  return { gateway, policies };
}

/** What there is to say of each case that fails. */
function failuresOf({ file, cases }: CaseFile, { gateway, policies }: Trial): string[] {
  const { configuration } = gateway;
  const engine = compilePolicies({ configuration, policies: inForce(policies) });
  const inputs = new Map([
    ...toolsOf(configuration).map(({ name, description }) => [name, description.inputSchema] as const),
    ...featureActionsOf(configuration).map(({ name, inputSchema }) => [name, inputSchema] as const),
  ]);
  const failures = cases.flatMap((one) => {
    const complaint = complaintAbout(one, inputs, principalTypeOf(configuration.gateway.authorizerType), engine);
    const at = one.line === undefined ? file : `${file}:${one.line}`;
    return complaint === undefined ? [] : [`FAILED ${one.name} (${at})\n${complaint}`];
  });
  engine.release();
  return failures;
}

function complaintAbout(
  one: PolicyCase,
  inputs: ReadonlyMap<string, JsonObject>,
  type: Principal["type"],
  engine: PolicyEngine,
): string | undefined {
  const { tool, input, interceptor, now = new Date() } = one;
  const inputSchema = inputs.get(tool);
  if (inputSchema === undefined) return `  The gateway has no tool ${tool}; ${hint(tool, [...inputs.keys()])}`;
  const complaint = compileArgumentsCheck(inputSchema)(input);
  if (complaint !== undefined)
    return `  No policy is asked about this input, which the tool does not take: ${complaint}`;
  if (type === "AgentCore::IamEntity" && Object.keys(one.who.claims).length > 0) {
    return "  The gateway lets in IAM identities, which have no claims: who takes nothing but id, their ARN";
  }
  const decision = engine.authorize({ principal: whoIs(one, type), tool, arguments: input, interceptor, now });
  const wrong = differenceOf(one, decision);
  return wrong === undefined ? undefined : [...describeCall(one), ...wrong.map((line) => `  ${line}`)].join("\n");
}

function differenceOf({ expect, because }: PolicyCase, decided: PolicyDecision): string[] | undefined {
  const { decision, reason, determiningPolicies } = decided;
  const isRight = decision === expect && (because === undefined || determiningPolicies.includes(because));
  if (isRight) return undefined;
  const by = because === undefined ? "" : ` by policy ${because}`;
  return [`decided:  ${decision}. ${reason}`, `expected: ${expect}${by}`];
}

function describeCall({ who, tool, input }: PolicyCase): string[] {
  return [`  who:      ${who.id} ${JSON.stringify(who.claims)}`, `  calls:    ${tool} ${JSON.stringify(input)}`];
}

/** The principal that a token with these claims stands for, or an IAM identity, which has none. */
function whoIs({ who: { id, claims } }: PolicyCase, type: Principal["type"]): Principal {
  return type === "AgentCore::OAuthUser" ? principalOf({ ...claims, sub: id }) : { type, id, tags: {} };
}

function hint(written: string, names: readonly string[]): string {
  const nearest = nearestName(written, names);
  return nearest === undefined ? `there are ${names.join(", ")}` : `did you mean ${nearest}?`;
}
