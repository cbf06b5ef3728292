import { topology } from "@gatehouse/functions/topology.ts";
import { describe, expect, test } from "vitest";
import { createRouter } from "./routes.ts";

describe("the topology's routes", () => {
  const route = createRouter(topology.routes);

  test.each([
    ["POST", "/gateways/g-1/mcp", "gateway", { gatewayId: "g-1" }],
    ["POST", "/gateways/g-1/mcp/", "gateway", { gatewayId: "g-1" }],
    ["GET", "/gateways/g-1", "control", { path: "gateways/g-1" }],
    ["GET", "/gateways/", "control", { path: "gateways" }],
    ["GET", "/gateways/g-1/mcp/x", "control", { path: "gateways/g-1/mcp/x" }],
    ["GET", "/.well-known/oauth-protected-resource/gateways/g-1/mcp", "gateway", { path: "gateways/g-1/mcp" }],
    ["GET", "/tags/arn%3Aaws%3Ax%2Fy", "control", { path: "tags/arn:aws:x/y" }],
    ["POST", "/gateways//mcp", "control", { path: "gateways//mcp" }],
  ])("%s %s leads to %s", (method, path, name, pathParameters) => {
    expect(route(method, path)).toMatchObject({ route: { function: name }, pathParameters });
  });

  test.each([
    ["GET", "/", "noRoute"],
    // It must not fall through to the control plane's route, which is less specific.
    ["DELETE", "/.well-known/oauth-protected-resource/x", "noMethod"],
    ["GET", "/gateways/%zz/mcp", "malformed"],
  ])("%s %s leads nowhere: %s", (method, path, outcome) => {
    expect(route(method, path)).toBe(outcome);
  });
});
