import { type Stage, stageOf } from "../../stacks/stages.ts";

/** Everything that a deployer can choose, at once. */
export const everything: Stage = {
  ...stageOf("production"),
  alarms: { topic: "arn:aws:sns:eu-west-1:123456789012:on-call", gatewayP99Milliseconds: 30_000, denyRatePercent: 50 },
  example: true,
  invocableFunctions: ["arn:aws:lambda:eu-west-1:123456789012:function:insurance"],
  targetRights: [
    { actions: ["sqs:SendMessage"], resources: ["arn:aws:sqs:eu-west-1:123456789012:orders"] },
    { actions: ["sns:Publish", "sns:GetTopicAttributes"], resources: ["arn:aws:sns:eu-west-1:123456789012:news"] },
  ],
  gatewayRoles: ["arn:aws:iam::210987654321:role/orders"],
  schemaObjects: ["arn:aws:s3:::schemas/orders.yaml"],
  restApis: ["abc123"],
  domain: {
    name: "gatehouse.example.com",
    certificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/gatehouse",
  },
  webAclArn: "arn:aws:wafv2:us-east-1:123456789012:global/webacl/gatehouse/1",
  network: { privateSubnets: ["subnet-1", "subnet-2"], securityGroups: ["sg-1"] },
  tableKeyArn: "arn:aws:kms:eu-west-1:123456789012:key/tables",
  model: {
    id: "eu.writer-1",
    arns: [
      "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.writer-1",
      "arn:aws:bedrock:eu-north-1::foundation-model/writer-1",
    ],
  },
  embeddingModel: {
    id: "amazon.titan-embed-text-v2:0",
    arns: ["arn:aws:bedrock:eu-west-1::foundation-model/amazon.titan-embed-text-v2:0"],
  },
  judge: {
    ids: ["amazon.nova-pro-v1:0", "eu.judge-1"],
    arns: [
      "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-pro-v1:0",
      "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.judge-1",
    ],
    samples: 3,
    contextTokens: 100_000,
    tokensPerMinute: 200_000,
    tokensPerDay: 10_000_000,
  },
  adminIssuer: {
    discoveryUrl: "https://issuer.example.com/.well-known/openid-configuration",
    audience: "gatehouse",
    rolesClaim: "groups",
  },
};
