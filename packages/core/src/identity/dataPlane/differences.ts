import type { DataPlaneHandlers } from "./handlers.ts";

const shown =
  "good for 15 minutes, and no longer than its agent is there; all of an agent's are revoked by Gatehouse's own " +
  "`RevokeWorkloadAccessTokens` (docs/agents.md)";

/** How the data plane's operations differ from AgentCore's, in a few words, for `docs/agentcore.md`. */
export const dataPlaneDifferences: Readonly<Partial<Record<keyof DataPlaneHandlers, string>>> = {
  GetWorkloadAccessToken: shown,
  GetWorkloadAccessTokenForJWT: `the user's token must be one that the authorizer of some gateway lets in; ${shown}, nor than the user's token`,
  GetWorkloadAccessTokenForUserId: shown,
};
