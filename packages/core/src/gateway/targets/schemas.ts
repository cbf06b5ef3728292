import type { ApiSchemaConfiguration } from "@aws-sdk/client-bedrock-agentcore-control";
import type { S3Client } from "@aws-sdk/client-s3";
import { messageOf } from "../../errors.ts";
import { TargetError } from "./target.ts";

/** As large as a description in S3 may be. */
const maximumBytes = 10_000_000;
const milliseconds = 30_000;

/** Reads descriptions that tools are made from, wherever they are. */
export interface SchemaReader {
  /**
   * The text of a description: that of the request, or an object of S3, of the account that is named as its bucket's owner.
   * @throws TargetError where it can't be read, or is larger than 10 MB.
   */
  read(configuration: ApiSchemaConfiguration | undefined): Promise<string>;
}

/**
 * Reads descriptions, those in S3 with the rights of the process.
 * @param s3 is asked for when first needed: most targets need none.
 */
export function createSchemaReader(s3: () => Promise<S3Client>): SchemaReader {
  let client: Promise<S3Client> | undefined;
  return {
    async read(configuration) {
      const { inlinePayload, s3: object } = configuration ?? {};
      if (inlinePayload !== undefined) return inlinePayload;
      const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(object?.uri ?? "") ?? [];
      if (bucket === undefined || key === undefined)
        throw new TargetError("The target says nowhere where its description is.");
      try {
        client ??= s3();
        return await readObject(await client, { bucket, key, owner: object?.bucketOwnerAccountId });
      } catch (error) {
        if (error instanceof TargetError) throw error;
        throw new TargetError(`${object?.uri} could not be read: ${reasonOf(error)}`, { cause: error });
      }
    },
  };
}

async function readObject(
  client: S3Client,
  { bucket, key, owner }: { bucket: string; key: string; owner: string | undefined },
): Promise<string> {
  const { GetObjectCommand } = await import("@aws-sdk/client-s3");
  const abortSignal = AbortSignal.timeout(milliseconds);
  const { Body, ContentLength } = await client.send(
    // One byte more than allowed, so that what is too large shows even where its length isn't said.
    new GetObjectCommand({
      Bucket: bucket,
      Key: key,
      Range: `bytes=0-${maximumBytes}`,
      ...(owner === undefined ? {} : { ExpectedBucketOwner: owner }),
    }),
    { abortSignal },
  );
  if (Body === undefined) throw new Error("it has no content");
  if ((ContentLength ?? 0) > maximumBytes) throw tooLarge(bucket, key);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of Body as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > maximumBytes) throw tooLarge(bucket, key);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function tooLarge(bucket: string, key: string): TargetError {
  return new TargetError(`s3://${bucket}/${key} is larger than ${maximumBytes / 1_000_000} MB.`);
}

/** S3 says some of its errors in their name alone. */
function reasonOf(error: unknown): string {
  const message = messageOf(error);
  return error instanceof Error && !message.includes(error.name) ? `${error.name}: ${message}` : message;
}
