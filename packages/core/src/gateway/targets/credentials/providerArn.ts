import { TargetError } from "../target.ts";

/** What a provider keeps, as its ARN says it. */
export type ProviderKind = "apikeycredentialprovider" | "oauth2credentialprovider";

const pattern =
  /^arn:[^:]+:bedrock-agentcore:[^:]*:\d{12}:token-vault\/[^/]+\/(apikeycredentialprovider|oauth2credentialprovider)\/([A-Za-z0-9_-]{1,128})$/;

/** The kind and the name in the ARN of a credential provider; undefined for anything else. */
export function parseProviderArn(
  arn: string | undefined,
): { readonly kind: ProviderKind; readonly name: string } | undefined {
  const [, kind, name] = pattern.exec(arn ?? "") ?? [];
  // The pattern has no other kinds.
  return name === undefined ? undefined : { kind: kind as ProviderKind, name };
}

/** The name in a provider's ARN, which was looked at when the target was made. @throws TargetError */
export function providerNameIn(arn: string | undefined): string {
  const parsed = parseProviderArn(arn);
  if (parsed !== undefined) return parsed.name;
  throw new TargetError(`${arn} is no credential provider.`, { code: "targetCredentialFailed" });
}
