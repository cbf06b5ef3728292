import { APIGatewayClient } from "@aws-sdk/client-api-gateway";
import { S3Client } from "@aws-sdk/client-s3";

/**
 * The AWS clients that descriptions of targets are read with. In a module of their own, which is loaded when the first such
 * target is synchronised. As in aws.ts, the host's environment says where they lead.
 */
const bounded = { requestHandler: { requestTimeout: 20_000, connectionTimeout: 3_000 }, maxAttempts: 3 };

/** With the bucket in the path where an address is named: it may be one without names for buckets. */
export const s3 = new S3Client({ ...bounded, forcePathStyle: process.env.AWS_ENDPOINT_URL_S3 !== undefined });
export const apiGateway = new APIGatewayClient(bounded);
