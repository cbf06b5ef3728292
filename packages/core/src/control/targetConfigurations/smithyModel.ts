import { describeApiSchema, readApiSchema } from "./apiSchema.ts";
import { readCredentials } from "./credentials.ts";
import type { ConfigurableKind } from "./kind.ts";

/** Services that a Smithy model tells of, called with the gateway's own role or a token of its own. The model is read when the target is synchronised. */
export const smithyModelConfiguration: ConfigurableKind<"smithyModel"> = {
  targetType: "SMITHY_MODEL",
  read(configuration, { path }) {
    const { stored, ...kept } = readApiSchema(configuration, path);
    return { mcp: { smithyModel: stored }, ...kept };
  },
  credentials: (configurations) =>
    readCredentials(configurations, {
      what: "a Smithy target",
      none: false,
      role: "KNOWN_SERVICE",
      apiKey: false,
      grants: ["CLIENT_CREDENTIALS"],
    }),
  describe: ({ smithyModel = { inlinePayload: "" } }, { schema }) => ({
    smithyModel: describeApiSchema(smithyModel, schema),
  }),
};
