import { describeApiSchema, readApiSchema } from "./apiSchema.ts";
import { everyGrant, readCredentials } from "./credentials.ts";
import type { ConfigurableKind } from "./kind.ts";

/** HTTP APIs that an OpenAPI description tells of. It is read when the target is synchronised, not here. */
export const openApiSchemaConfiguration: ConfigurableKind<"openApiSchema"> = {
  targetType: "OPEN_API_SCHEMA",
  read(configuration, { path }) {
    const { stored, ...kept } = readApiSchema(configuration, path);
    return { mcp: { openApiSchema: stored }, ...kept };
  },
  credentials: (configurations) =>
    readCredentials(configurations, {
      what: "an OpenAPI target",
      none: true,
      role: "NAMED_SERVICE",
      apiKey: true,
      grants: everyGrant,
    }),
  describe: ({ openApiSchema = { inlinePayload: "" } }, { schema }) => ({
    openApiSchema: describeApiSchema(openApiSchema, schema),
  }),
};
