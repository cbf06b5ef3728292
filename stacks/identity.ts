/// <reference path="../.sst/platform/config.d.ts" />
import { topology } from "../packages/functions/src/topology.ts";
import type { Functions } from "./functions.ts";
import { physicalName } from "./names.ts";
import type { Place } from "./place.ts";
import type { Stage } from "./stages.ts";

/** The scope that lets a token call gateways: `allowedScopes` of a gateway's authorizer can ask for it. */
const scope = { server: "gatehouse", name: "invoke" } as const;

/**
 * An issuer for agents and users, for whoever has none: gateways name it by its discovery address, and may as well name
 * any other. Users are created by administrators only, and can't change the attributes that become claims: policies
 * decide by them.
 */
export function identity(stage: Stage, functions: Functions, place: Place) {
  const pool = new aws.cognito.UserPool(
    "Users",
    {
      name: physicalName("users"),
      usernameAttributes: ["email"],
      adminCreateUserConfig: { allowAdminCreateUserOnly: true },
      passwordPolicy: {
        minimumLength: 14,
        requireLowercase: true,
        requireNumbers: true,
        requireSymbols: true,
        requireUppercase: true,
        temporaryPasswordValidityDays: 3,
      },
      accountRecoverySetting: { recoveryMechanisms: [{ name: "verified_email", priority: 1 }] },
      mfaConfiguration: "OPTIONAL",
      softwareTokenMfaConfiguration: { enabled: true },
      schemas: topology.identity.claims.map((name) => ({
        name,
        attributeDataType: "String",
        mutable: true,
        stringAttributeConstraints: { minLength: "0", maxLength: "256" },
      })),
      // The cheapest plan in which claims of access tokens can be added.
      userPoolTier: "ESSENTIALS",
      lambdaConfig: {
        preTokenGenerationConfig: {
          lambdaArn: functions[topology.triggers.claims.function].arn,
          lambdaVersion: "V2_0",
        },
      },
      deletionProtection: stage.keepsData ? "ACTIVE" : "INACTIVE",
    },
    { retainOnDelete: stage.keepsData },
  );
  new aws.lambda.Permission("UsersMayAddClaims", {
    action: "lambda:InvokeFunction",
    function: functions[topology.triggers.claims.function].name,
    principal: "cognito-idp.amazonaws.com",
    sourceArn: pool.arn,
    sourceAccount: place.accountId,
  });
  // Unique among all accounts of a region.
  const domain = new aws.cognito.UserPoolDomain("UsersDomain", {
    domain: $interpolate`${physicalName("").toLowerCase()}${place.accountId}`,
    userPoolId: pool.id,
  });
  const server = new aws.cognito.ResourceServer("Gateways", {
    identifier: scope.server,
    name: "Gateways",
    userPoolId: pool.id,
    scopes: [{ scopeName: scope.name, scopeDescription: "Call the tools of gateways" }],
  });
  const { users, agents } = clients(stage, pool, server);
  return {
    issuer: $interpolate`https://cognito-idp.${place.region}.amazonaws.com/${pool.id}`,
    tokenUrl: $interpolate`https://${domain.domain}.auth.${place.region}.amazoncognito.com/oauth2/token`,
    userPool: pool.id,
    usersClient: users.id,
    agentsClient: agents.id,
  };
}

/** People sign in with a browser and a public client (PKCE); agents are themselves, with a secret. */
function clients(stage: Stage, pool: aws.cognito.UserPool, server: aws.cognito.ResourceServer) {
  const scopes = server.scopeIdentifiers;
  const common = {
    userPoolId: pool.id,
    allowedOauthFlowsUserPoolClient: true,
    supportedIdentityProviders: ["COGNITO"],
    preventUserExistenceErrors: "ENABLED",
    enableTokenRevocation: true,
    accessTokenValidity: 60,
    tokenValidityUnits: { accessToken: "minutes", idToken: "minutes", refreshToken: "days" },
  };
  const users = new aws.cognito.UserPoolClient("UsersClient", {
    ...common,
    name: "users",
    generateSecret: false,
    allowedOauthFlows: ["code"],
    allowedOauthScopes: scopes.apply((names) => ["openid", "email", ...names]),
    callbackUrls: [...stage.callbackUrls],
    // In a browser alone: a sign-in without it would give tokens without the scope for gateways.
    explicitAuthFlows: ["ALLOW_REFRESH_TOKEN_AUTH"],
    refreshTokenValidity: 1,
    idTokenValidity: 60,
    readAttributes: ["email", "name"],
    // Whatever else a user could write, a policy could be deceived with.
    writeAttributes: ["name"],
  });
  const agents = new aws.cognito.UserPoolClient("AgentsClient", {
    ...common,
    name: "agents",
    generateSecret: true,
    allowedOauthFlows: ["client_credentials"],
    allowedOauthScopes: scopes,
    explicitAuthFlows: ["ALLOW_REFRESH_TOKEN_AUTH"],
  });
  return { users, agents };
}
