import { expect, test } from "vitest";
import { gatewayUrlOf, metadataUrlOf } from "./tools.ts";

test.each(["https://gate.example.com", "https://abcdefgh12.execute-api.eu-west-1.amazonaws.com/production"])(
  "an endpoint and its metadata are both below %s, where routes can lead",
  (base) => {
    expect(gatewayUrlOf(base, "claims-0123456789")).toBe(`${base}/gateways/claims-0123456789/mcp`);
    expect(metadataUrlOf(base, "claims-0123456789")).toBe(
      `${base}/.well-known/oauth-protected-resource/gateways/claims-0123456789/mcp`,
    );
  },
);
