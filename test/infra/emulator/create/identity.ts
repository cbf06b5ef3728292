import {
  CreateResourceServerCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  CreateUserPoolDomainCommand,
  SetUserPoolMfaConfigCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import type { Inputs } from "../../synth/graph.ts";
import type { Create } from "./creator.ts";

/** The provider's names of a pool's and a client's settings are the API's, but for the case of their first letters. */
function asApi(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asApi);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, member]) => [name.charAt(0).toUpperCase() + name.slice(1), member]);
  return Object.fromEntries(entries.map(([name, member]) => [name, asApi(member)]));
}

const pick = (inputs: Inputs, names: readonly string[]) =>
  asApi(Object.fromEntries(names.filter((name) => name in inputs).map((name) => [name, inputs[name]]))) as Inputs;

export const userPool: Create = async (inputs, { aws }) => {
  const { UserPool } = await aws.cognito.send(
    new CreateUserPoolCommand({
      PoolName: inputs.name,
      Policies: { PasswordPolicy: pick(inputs, ["passwordPolicy"]).PasswordPolicy },
      Schema: pick(inputs, ["schemas"]).Schemas,
      ...pick(inputs, ["usernameAttributes", "adminCreateUserConfig", "accountRecoverySetting", "lambdaConfig"]),
      ...pick(inputs, ["userPoolTier", "deletionProtection"]),
    }),
  );
  await aws.cognito.send(
    new SetUserPoolMfaConfigCommand({
      UserPoolId: UserPool?.Id,
      MfaConfiguration: inputs.mfaConfiguration,
      SoftwareTokenMfaConfiguration: pick(inputs, ["softwareTokenMfaConfiguration"]).SoftwareTokenMfaConfiguration,
    }),
  );
  return { id: UserPool?.Id, arn: UserPool?.Arn };
};

export const userPoolDomain: Create = async ({ domain, userPoolId }, { aws }) => {
  await aws.cognito.send(new CreateUserPoolDomainCommand({ Domain: domain, UserPoolId: userPoolId }));
  return {};
};

export const resourceServer: Create = async ({ userPoolId, identifier, name, ...rest }, { aws }) => {
  const wanted = { UserPoolId: userPoolId, Identifier: identifier, Name: name, ...pick(rest, ["scopes"]) };
  await aws.cognito.send(new CreateResourceServerCommand(wanted));
  return {};
};

export const userPoolClient: Create = async ({ name, userPoolId, callbackUrls, ...rest }, { aws }) => {
  const { AllowedOauthFlows, AllowedOauthScopes, AllowedOauthFlowsUserPoolClient, ...others } = pick(
    rest,
    Object.keys(rest),
  );
  const { UserPoolClient } = await aws.cognito.send(
    new CreateUserPoolClientCommand({
      ...others,
      ClientName: name,
      UserPoolId: userPoolId,
      CallbackURLs: callbackUrls,
      AllowedOAuthFlows: AllowedOauthFlows,
      AllowedOAuthScopes: AllowedOauthScopes,
      AllowedOAuthFlowsUserPoolClient: AllowedOauthFlowsUserPoolClient,
    }),
  );
  return { id: UserPoolClient?.ClientId };
};
