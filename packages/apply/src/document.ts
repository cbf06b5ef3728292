import { isJsonObject, type Json, type JsonObject } from "@gatehouse/core/json.ts";
import { readEvaluation } from "./evaluation/document.ts";
import {
  type ByKind as EvaluationByKind,
  type EvaluationEntry,
  evaluationKinds,
  evaluationSections,
} from "./evaluation/kinds.ts";
import { type Reader, readIdentity } from "./identity/document.ts";
import { type ByKind, type IdentityEntry, identityKinds, identitySections } from "./identity/kinds.ts";
import type { Problem } from "./problems.ts";
import { replaceVariables, type VariableSource } from "./variables.ts";
import { readYaml } from "./yaml.ts";

/** A gateway as a document says it. */
export interface GatewayEntry {
  /** Members of CreateGateway. */
  readonly settings: JsonObject;
  readonly tags: JsonObject;
  /** Members of Gatehouse's own PutGatewaySettings. */
  readonly ownSettings: JsonObject;
  /** The engine that decides about its calls, by name, and in which mode; without it every call goes through. */
  readonly policyEngine?: { readonly name: string; readonly mode: string };
  /** Members of CreateGatewayTarget, by the targets' names. */
  readonly targets: ReadonlyMap<string, JsonObject>;
}

/** A policy engine as a document says it. */
export interface PolicyEngineEntry {
  readonly settings: JsonObject;
  readonly tags: JsonObject;
  /** Members of CreatePolicy, by the policies' names; `statement` is the Cedar text. */
  readonly policies: ReadonlyMap<string, JsonObject>;
}

/** What is to be there. Variables are replaced in it already, references to what is deployed are not. */
export interface Document {
  readonly gateways: ReadonlyMap<string, GatewayEntry>;
  readonly policyEngines: ReadonlyMap<string, PolicyEngineEntry>;
  /** Agents and credential providers. */
  readonly identity: ByKind<IdentityEntry>;
  /** Evaluators and online evaluations. */
  readonly evaluation: EvaluationByKind<EvaluationEntry>;
  /** What is wrong with its form; it can't be applied then. */
  readonly problems: readonly Problem[];
  /** Where something stands in the text that the document was read from. */
  lineOf(path: string): number | undefined;
}

/** What a document can say of a gateway, beside its targets, engine and tags. */
export const gatewayMembers = [
  "description",
  "roleArn",
  "authorizerType",
  "authorizerConfiguration",
  "protocolType",
  "protocolConfiguration",
  "interceptorConfigurations",
  "exceptionLevel",
] as const;
export const targetMembers = [
  "description",
  "targetConfiguration",
  "credentialProviderConfigurations",
  "metadataConfiguration",
] as const;
export const policyMembers = ["description", "statement", "enforcementMode", "validationMode"] as const;

/**
 * Reads a document.
 * @throws GatehouseError `validation` when the text isn't YAML; whatever else is wrong is among the document's problems,
 *   so that it can be told together with what is found later.
 */
export function readDocument(text: string, source: VariableSource = {}): Document {
  const { value, problems: found, lineOf } = readYaml(text);
  const problems = [...found];
  const root = replaceVariables(value, source, problems);
  const ofIdentity = identityKinds.map((kind) => identitySections[kind].section);
  const ofEvaluation = evaluationKinds.map((kind) => evaluationSections[kind].section);
  const known = ["variables", "gateways", "policyEngines", ...ofIdentity, ...ofEvaluation];
  const top = membersOf(root, "", known, problems);
  const gateways = section(top.gateways, "gateways", problems, gatewayOf);
  const policyEngines = section(top.policyEngines, "policyEngines", problems, policyEngineOf);
  const identity = readIdentity(top, source, readerOf(problems));
  const evaluation = readEvaluation(top, readerOf(problems));
  return { gateways, policyEngines, identity, evaluation, problems, lineOf };
}

function readerOf(problems: Problem[]): Reader {
  return {
    problems,
    section: (value, path, read) => section(value, path, problems, read),
    members: (value, path, known) => membersOf(value, path, known, problems),
    object: (value, path) => objectOf(value, path, problems),
  };
}

function gatewayOf(value: Json, path: string, problems: Problem[]): GatewayEntry {
  const members = [...gatewayMembers, "tags", "settings", "policyEngine", "targets"];
  const { tags, settings: own, policyEngine, targets, ...settings } = membersOf(value, path, members, problems);
  const engine = policyEngine === undefined ? undefined : attachmentOf(policyEngine, `${path}.policyEngine`, problems);
  if (isJsonObject(value) && value.policyEngine === null) {
    // An engine is detached by leaving it out, not by a line that somebody forgot to finish.
    problems.push({ path: `${path}.policyEngine`, message: "must have a name and a mode, or be left out altogether" });
  }
  return {
    settings,
    tags: objectOf(tags, `${path}.tags`, problems),
    ownSettings: objectOf(own, `${path}.settings`, problems),
    ...(engine === undefined ? {} : { policyEngine: engine }),
    targets: section(targets, `${path}.targets`, problems, (target, at) =>
      membersOf(target, at, targetMembers, problems),
    ),
  };
}

function policyEngineOf(value: Json, path: string, problems: Problem[]): PolicyEngineEntry {
  const { tags, policies, ...settings } = membersOf(value, path, ["description", "tags", "policies"], problems);
  return {
    settings,
    tags: objectOf(tags, `${path}.tags`, problems),
    policies: section(policies, `${path}.policies`, problems, (policy, at) =>
      membersOf(policy, at, policyMembers, problems),
    ),
  };
}

function attachmentOf(value: Json, path: string, problems: Problem[]): GatewayEntry["policyEngine"] {
  const { name, mode } = membersOf(value, path, ["name", "mode"], problems);
  if (typeof name !== "string") problems.push({ path: `${path}.name`, message: "is required, as text" });
  if (typeof mode !== "string") problems.push({ path: `${path}.mode`, message: "is required: LOG_ONLY or ENFORCE" });
  return typeof name === "string" && typeof mode === "string" ? { name, mode } : undefined;
}

function section<T>(
  value: Json | undefined,
  path: string,
  problems: Problem[],
  read: (value: Json, path: string, problems: Problem[]) => T,
): ReadonlyMap<string, T> {
  const entries = Object.entries(objectOf(value, path, problems));
  return new Map(entries.map(([name, entry]) => [name, read(entry, `${path}.${name}`, problems)]));
}

/** An object with no other members than those known; what is left empty is as if it weren't there. */
function membersOf(value: Json, path: string, known: readonly string[], problems: Problem[]): JsonObject {
  const entries = Object.entries(objectOf(value, path, problems));
  for (const [name] of entries) {
    if (known.includes(name)) continue;
    const at = path === "" ? name : `${path}.${name}`;
    problems.push({ path: at, message: `is not known here; there are ${known.join(", ")}` });
  }
  return Object.fromEntries(entries.filter(([name, member]) => known.includes(name) && member !== null));
}

function objectOf(value: Json | undefined, path: string, problems: Problem[]): JsonObject {
  if (value === undefined || value === null) return {};
  if (isJsonObject(value)) return value;
  problems.push({ path, message: path === "" ? "The document must be an object" : "must be an object" });
  return {};
}
