import type { ApiSchemaConfiguration, S3Configuration } from "@aws-sdk/client-bedrock-agentcore-control";
import { defined } from "../defined.ts";
import { refuse } from "../supported.ts";
import type { InputOfKind } from "./kind.ts";

/** As large as AgentCore takes a schema that is in the request. */
const maximumInlineBytes = 1_000_000;

/**
 * Reads where the description of an API is: in the request, and then it is kept apart from the target, or in S3.
 * @param path its place in the request.
 * @throws GatehouseError `validation`
 */
export function readApiSchema(
  { inlinePayload, s3 }: InputOfKind<"openApiSchema">,
  path: string,
): { readonly stored: ApiSchemaConfiguration; readonly schema?: string } {
  if (s3 !== undefined) return { stored: { s3: readS3(s3, `${path}.s3`) } };
  if (inlinePayload === undefined) refuse(path, "must be an inlinePayload or s3");
  if (inlinePayload.trim() === "") refuse(`${path}.inlinePayload`, "must not be empty");
  const bytes = Buffer.byteLength(inlinePayload);
  if (bytes > maximumInlineBytes) {
    refuse(`${path}.inlinePayload`, `must be at most 1 MB and has ${bytes} bytes: put it into S3`);
  }
  return { stored: { inlinePayload: "" }, schema: inlinePayload };
}

/** A description as it was asked for, with the text that is kept apart from it. */
export function describeApiSchema(stored: ApiSchemaConfiguration, schema = ""): ApiSchemaConfiguration {
  return stored.inlinePayload === undefined ? stored : { inlinePayload: schema };
}

const s3Uri = /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/.+$/;

/** Reads where an object in S3 is. @throws GatehouseError `validation` */
export function readS3({ uri, bucketOwnerAccountId }: S3Configuration, path: string): S3Configuration {
  if (uri === undefined || !s3Uri.test(uri)) refuse(`${path}.uri`, "must be s3://bucket/key");
  return { uri, ...defined({ bucketOwnerAccountId }) };
}
