import { refuse } from "../supported.ts";
import { definitionsOfTools, toolsOfDefinitions } from "../toolDefinitions.ts";
import { readS3 } from "./apiSchema.ts";
import { readCredentials } from "./credentials.ts";
import type { ConfigurableKind } from "./kind.ts";

/** Lambda functions, called with the gateway's own role, with a schema that is inline or in S3. */
export const lambdaConfiguration: ConfigurableKind<"lambda"> = {
  targetType: "LAMBDA",
  read({ lambdaArn, toolSchema }, { name, path, neighbours }) {
    if (toolSchema.s3 !== undefined) {
      return { mcp: { lambda: { lambdaArn, toolSchema: { s3: readS3(toolSchema.s3, `${path}.toolSchema.s3`) } } } };
    }
    if (toolSchema.inlinePayload === undefined) refuse(`${path}.toolSchema`, "must be an inlinePayload or s3");
    const inline = toolsOfDefinitions(toolSchema.inlinePayload, name, `${path}.toolSchema.inlinePayload`, neighbours);
    // The schema may be larger than an item of the table: it is kept as the target's tools, and only there.
    return { mcp: { lambda: { lambdaArn, toolSchema: { inlinePayload: [] } } }, inline };
  },
  credentials: (configurations) =>
    readCredentials(configurations, {
      what: "a Lambda target",
      none: false,
      role: "KNOWN_SERVICE",
      apiKey: false,
      grants: [],
    }),
  describe(stored, { tools = [] }) {
    const { lambda } = stored;
    if (lambda?.toolSchema?.inlinePayload === undefined) return stored;
    return { lambda: { ...lambda, toolSchema: { inlinePayload: definitionsOfTools(tools) } } };
  },
};
