import type { PreTokenGenerationV2TriggerEvent } from "aws-lambda";
import { instrument } from "./middleware.ts";
import { topology } from "./topology.ts";

/**
 * Puts attributes of a user into the access token, where policies see them as claims: `custom:department` of the pool
 * becomes `department`. Cognito itself puts attributes into ID tokens only, and those aren't for calling anybody.
 * An attribute that the user doesn't have becomes no claim: an empty one would be a value that a policy can match.
 *
 * See Amazon Cognito Developer Guide, "Pre token generation Lambda trigger", event version 2.
 */
export const handler = instrument().handler<PreTokenGenerationV2TriggerEvent, PreTokenGenerationV2TriggerEvent>(
  async (event) => {
    const { userAttributes } = event.request;
    const claims = topology.identity.claims.flatMap((claim) => {
      const value = userAttributes[`custom:${claim}`];
      return value ? [[claim, value] as const] : [];
    });
    const accessTokenGeneration = { claimsToAddOrOverride: Object.fromEntries(claims) };
    return { ...event, response: { claimsAndScopeOverrideDetails: { accessTokenGeneration } } };
  },
);
