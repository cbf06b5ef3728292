import { describeApiSchema, readApiSchema } from "./apiSchema.ts";
import { roleCredentials } from "./credentials.ts";
import type { ConfigurableKind } from "./kind.ts";

/** Services that a Smithy model tells of, called with the gateway's own role. The model is read when the target is synchronised. */
export const smithyModelConfiguration: ConfigurableKind<"smithyModel"> = {
  targetType: "SMITHY_MODEL",
  read(configuration, { path }) {
    const { stored, ...kept } = readApiSchema(configuration, path);
    return { mcp: { smithyModel: stored }, ...kept };
  },
  credentials: (configurations) => roleCredentials(configurations, "a Smithy target"),
  describe: ({ smithyModel = { inlinePayload: "" } }, { schema }) => ({
    smithyModel: describeApiSchema(smithyModel, schema),
  }),
};
