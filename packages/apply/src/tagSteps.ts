import {
  type BedrockAgentCoreControlClient,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-bedrock-agentcore-control";
import type { JsonObject } from "@gatehouse/core/json.ts";

/** Brings the tags of a resource to what they are to be. */
export async function changeTags(
  client: BedrockAgentCoreControlClient,
  resourceArn: string,
  before: JsonObject,
  after: JsonObject,
): Promise<void> {
  const changed = Object.entries(after).filter(([key, value]) => before[key] !== value);
  const tags = Object.fromEntries(changed.map(([key, value]) => [key, String(value)]));
  if (changed.length > 0) await client.send(new TagResourceCommand({ resourceArn, tags }));
  const tagKeys = Object.keys(before).filter((key) => !Object.hasOwn(after, key));
  if (tagKeys.length > 0) await client.send(new UntagResourceCommand({ resourceArn, tagKeys }));
}
