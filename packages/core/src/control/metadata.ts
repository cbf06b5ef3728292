import type { MetadataConfiguration } from "@aws-sdk/client-bedrock-agentcore-control";
import { isRestrictedHeader } from "../headers.ts";
import { refuse } from "./supported.ts";

/** What AgentCore lets a header's name be; parameters of a query may have dots besides. */
const headerName = /^[A-Za-z0-9_-]+$/;
const parameterName = /^[A-Za-z0-9_.~-]+$/;
/** Where tokens are put that don't belong into an address (RFC 6750, section 2.3; RFC 9700, section 2.1). */
const credentialParameters: ReadonlySet<string> = new Set(["access_token", "id_token", "refresh_token"]);

/**
 * Makes sure that what is to be propagated to a target and back may be: no credentials, nothing that belongs to one
 * connection, and nothing twice.
 * @throws GatehouseError `validation`
 */
export function checkMetadata(configuration: MetadataConfiguration | undefined): void {
  const { allowedRequestHeaders, allowedResponseHeaders, allowedQueryParameters } = configuration ?? {};
  checkHeaders("allowedRequestHeaders", allowedRequestHeaders);
  checkHeaders("allowedResponseHeaders", allowedResponseHeaders);
  const path = "metadataConfiguration.allowedQueryParameters";
  checkOnce(path, allowedQueryParameters ?? []);
  for (const name of allowedQueryParameters ?? []) {
    if (!parameterName.test(name))
      refuse(path, `can't have ${JSON.stringify(name)}: letters, digits, "_", ".", "~", "-"`);
    if (credentialParameters.has(name.toLowerCase()))
      refuse(path, `can't have ${name}: credentials are not propagated`);
  }
}

function checkHeaders(member: string, names: readonly string[] = []): void {
  const path = `metadataConfiguration.${member}`;
  checkOnce(
    path,
    names.map((name) => name.toLowerCase()),
  );
  for (const name of names) {
    if (!headerName.test(name)) refuse(path, `can't have ${JSON.stringify(name)}: letters, digits, "_" and "-"`);
    if (isRestrictedHeader(name)) refuse(path, `can't have ${name}: it is not propagated`);
  }
}

function checkOnce(path: string, names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) refuse(path, `has ${twice} twice`);
}
