import { expect, test } from "vitest";
import { readDocument } from "./document.ts";
import type { Problem } from "./problems.ts";
import { replaceVariables, type VariableSource } from "./variables.ts";

function replaced(value: Parameters<typeof replaceVariables>[0], source: VariableSource = {}) {
  const problems: Problem[] = [];
  return {
    value: replaceVariables(value, source, problems),
    problems: problems.map(({ path, message }) => `${path} ${message}`),
  };
}

test("a variable has its default unless it is given, and may hold references to what is deployed", () => {
  const value = {
    variables: { mode: "ENFORCE", port: 4000, url: `\${gateway.a.url}` },
    x: `\${mode}:\${port}`,
    y: [`\${url} \${region}`],
  };
  expect(replaced(value, { variables: { mode: "LOG_ONLY" } })).toEqual({
    value: { x: "LOG_ONLY:4000", y: [`\${gateway.a.url} \${region}`] },
    problems: [],
  });
});

test("what the environment says is data, not a reference", () => {
  const { value } = replaced({ x: `\${env:SECRET}` }, { environment: { SECRET: `\${region}` } });
  expect(value).toEqual({ x: `$\${region}` });
});

test.each([
  [
    "a variable without a value",
    { variables: { a: null }, x: `\${a}` },
    {},
    "x needs the variable a: say --set a=VALUE",
  ],
  [
    "a variable that isn't declared",
    { variables: { a: "1" } },
    { variables: { b: "2" } },
    "variables has no b, which --set is to set; there is a",
  ],
  [
    "an environment variable that isn't set",
    { x: `\${env:PATH_}` },
    { environment: {} },
    "x needs the environment variable PATH_, which isn't set",
  ],
  [
    "a prototype's member",
    { x: `\${env:toString}` },
    { environment: {} },
    "x needs the environment variable toString, which isn't set",
  ],
  [
    "a variable that is something else",
    { variables: { region: "x" } },
    {},
    "variables.region must be a name of letters, digits and _ other than region and account",
  ],
  ["a variable that is an object", { variables: { a: {} } }, {}, "variables.a must be a single value"],
  ["variables that are a list", { variables: [] }, {}, "variables must be an object of names and default values"],
])("tells %s", (_, value, source, problem) => {
  expect(replaced(value as Parameters<typeof replaced>[0], source).problems).toEqual([problem]);
});

test.each([
  [
    "an unknown part",
    "gateway: {}",
    "gateway is not known here; there are variables, gateways, policyEngines, workloadIdentities, apiKeyCredentialProviders, oauth2CredentialProviders, evaluators, onlineEvaluationConfigs",
  ],
  ["a gateway that isn't an object", "gateways: { a: 1 }", "gateways.a must be an object"],
  ["gateways that are a list", "gateways: []", "gateways must be an object"],
  [
    "an engine without a mode",
    "gateways: { a: { policyEngine: { name: b } } }",
    "gateways.a.policyEngine.mode is required: LOG_ONLY or ENFORCE",
  ],
  [
    "an engine left empty",
    "gateways: { a: { policyEngine: } }",
    "gateways.a.policyEngine must have a name and a mode, or be left out altogether",
  ],
  [
    "an unknown member of a policy",
    "policyEngines: { a: { policies: { b: { statment: x } } } }",
    "policyEngines.a.policies.b.statment is not known here; there are description, statement, enforcementMode, validationMode",
  ],
])("a document with %s has that problem", (_, text, problem) => {
  expect(readDocument(text).problems.map(({ path, message }) => `${path} ${message}`)).toEqual([problem]);
});
