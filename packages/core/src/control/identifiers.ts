import { randomInt } from "node:crypto";

/** Where resources live: part of every ARN. */
export interface Location {
  readonly region: string;
  readonly accountId: string;
}

const lower = "abcdefghijklmnopqrstuvwxyz0123456789";
const upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

function random(alphabet: string): string {
  return Array.from({ length: 10 }, () => alphabet[randomInt(alphabet.length)]).join("");
}

/** A gateway's id as AWS makes it: its name in small letters, a hyphen, ten characters. */
export function newGatewayId(name: string): string {
  // A name may end in a hyphen, an id can't have two in a row.
  return `${name.toLowerCase().replace(/-$/, "")}-${random(lower)}`;
}

/** A target's id as AWS makes it: ten capital letters or digits. */
export function newTargetId(): string {
  return random(upper);
}

/** The id of an engine or a policy as AWS makes it: its name, a hyphen, ten characters. */
export function newResourceId(name: string): string {
  return `${name}-${random(lower)}`;
}

export const gatewayArn = (location: Location, gatewayId: string): string => arn(location, `gateway/${gatewayId}`);

export const policyEngineArn = (location: Location, policyEngineId: string): string =>
  arn(location, `policy-engine/${policyEngineId}`);

export const policyArn = (location: Location, policyEngineId: string, policyId: string): string =>
  `${policyEngineArn(location, policyEngineId)}/policy/${policyId}`;

export const policyGenerationArn = (location: Location, policyEngineId: string, policyGenerationId: string): string =>
  `${policyEngineArn(location, policyEngineId)}/policy-generation/${policyGenerationId}`;

/** The id of the gateway that an ARN of this region and account names; undefined for any other text. */
export function gatewayIdOfArn(location: Location, text: string): string | undefined {
  const id = idOfArn(text);
  return /^[0-9a-z-]{12,211}$/.test(id) && text === gatewayArn(location, id) ? id : undefined;
}

/** The id of the policy engine that an ARN of this region and account names; undefined for any other text. */
export function policyEngineIdOfArn(location: Location, text: string): string | undefined {
  const id = idOfArn(text);
  return /^[A-Za-z0-9_-]{12,59}$/.test(id) && text === policyEngineArn(location, id) ? id : undefined;
}

/** The id at the end of a gateway's or an engine's ARN. */
export function idOfArn(text: string): string {
  return text.slice(text.lastIndexOf("/") + 1);
}

function arn({ region, accountId }: Location, resource: string): string {
  return `arn:aws:bedrock-agentcore:${region}:${accountId}:${resource}`;
}
