import type { GetGatewayCommandOutput } from "@aws-sdk/client-bedrock-agentcore-control";
import type { JsonObject } from "@gatehouse/core/json.ts";
import type { Deployment, Present } from "./deployment.ts";
import { type Document, readDocument } from "./document.ts";
import { withStandIns } from "./references.ts";
import { resolveDocument } from "./resolved.ts";

/** For tests only: a deployment in which there is nothing. */
export const nothing: Deployment = { region: "us-east-1", gateways: new Map(), policyEngines: new Map() };

/** For tests only: what is deployed once a document is applied, with what the service adds of its own. */
export function deploymentOf(given: string | Document): Deployment {
  const document = typeof given === "string" ? readDocument(given) : given;
  const resolved = resolveDocument(document, nothing, []);
  const { account, gateways: addresses } = withStandIns(nothing, document.gateways.keys());
  const present = (entries: ReadonlyMap<string, JsonObject>, status: string, added: JsonObject) =>
    new Map(
      [...entries].map(([name, entry]): [string, Present] => [
        name,
        { id: name, status, settings: { ...added, ...entry } },
      ]),
    );
  const gateways = [...resolved.gateways].map(([name, { settings, tags, ownSettings, policyEngine, targets }]) => {
    const { id = "", arn = "", url = "" } = addresses.get(name) ?? {};
    const added = { credentialProviderConfigurations: [{ credentialProviderType: "GATEWAY_IAM_ROLE" }] };
    const gateway = {
      id,
      arn,
      url,
      status: "READY",
      settings: { protocolType: "MCP", ...settings },
      tags,
      ownSettings: {
        explainDenials: false,
        recordArguments: "MASKED",
        recordResults: "MASKED",
        toolNames: "QUALIFIED",
        targetSettings: [],
        rateLimits: [],
        ...ownSettings,
      },
      ...(policyEngine && { policyEngine }),
      targets: present(targets, "READY", added),
      isRead: true,
      described: { $metadata: {} } as GetGatewayCommandOutput, // Planning doesn't look at it.
    };
    return [name, gateway] as const;
  });
  const policyEngines = [...resolved.policyEngines].map(([name, { settings, tags, policies }]) => {
    const arn = `arn:aws:bedrock-agentcore:us-east-1:${account}:policy-engine/${name}-0000000000`;
    const added = { enforcementMode: "ACTIVE" };
    const engine = { id: name, arn, status: "ACTIVE", settings, tags, policies: present(policies, "ACTIVE", added) };
    return [name, engine] as const;
  });
  return { region: "us-east-1", account, gateways: new Map(gateways), policyEngines: new Map(policyEngines) };
}

/** For tests only: a gateway `shop` whose tool `Orders___cancel` an engine `shop_policies` decides about. */
export const shop = `
gateways:
  shop:
    roleArn: arn:aws:iam::000000000000:role/shop
    authorizerType: CUSTOM_JWT
    authorizerConfiguration:
      customJWTAuthorizer:
        discoveryUrl: https://issuer.example/.well-known/openid-configuration
        allowedAudience: ["\${gateway.shop.url}", other]
    policyEngine: { name: shop_policies, mode: ENFORCE }
    tags: { team: shop }
    targets:
      Orders:
        targetConfiguration:
          mcp:
            lambda:
              lambdaArn: arn:aws:lambda:us-east-1:000000000000:function:orders
              toolSchema:
                inlinePayload:
                  - name: cancel
                    description: Cancels an order
                    inputSchema: { type: object, properties: { amount: { type: integer } }, required: [amount] }
                  - name: show
                    description: Shows an order
                    inputSchema: { type: object }
policyEngines:
  shop_policies:
    description: Who may do what
    policies:
      small_orders:
        statement: |
          permit(principal, action == AgentCore::Action::"Orders___cancel", resource == AgentCore::Gateway::"\${gateway.shop.arn}")
          when { context.input.amount < 100 };
      nothing_huge:
        statement: |
          forbid(principal, action == AgentCore::Action::"Orders___cancel", resource == AgentCore::Gateway::"\${gateway.shop.arn}")
          when { context.input.amount > 1000 };
`;
