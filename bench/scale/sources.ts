/** The day on which every figure was read, in stored copies of the documents below: look again before you rely on one. */
export const readOn = "2026-11-25";

/** The region that quotas and prices are of. */
export const region = "us-east-1";

/** The documents that quotas and prices come from. */
export const sources = {
  apiGatewayQuotas: {
    title: "Amazon API Gateway quotas",
    url: "https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html",
  },
  apiGatewayStreaming: {
    title: "API Gateway: stream the integration response",
    url: "https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html",
  },
  apiGatewayPricing: {
    title: "Amazon API Gateway pricing",
    url: "https://aws.amazon.com/api-gateway/pricing/",
  },
  cloudFrontQuotas: {
    title: "Amazon CloudFront quotas",
    url: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html",
  },
  cloudFrontPricing: { title: "Amazon CloudFront pricing", url: "https://aws.amazon.com/cloudfront/pricing/" },
  lambdaQuotas: {
    title: "Lambda quotas",
    url: "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
  },
  lambdaScaling: {
    title: "Lambda scaling behavior",
    url: "https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html",
  },
  lambdaMemory: {
    title: "Configure Lambda function memory",
    url: "https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html",
  },
  lambdaProvisionedPollers: {
    title: "Lambda parameters for Amazon SQS event source mappings",
    url: "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html",
  },
  lambdaManagedInstances: {
    title: "Node.js runtime for Lambda Managed Instances",
    url: "https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances-nodejs-runtime.html",
  },
  lambdaPricing: { title: "AWS Lambda pricing", url: "https://aws.amazon.com/lambda/pricing/" },
  eventBridgeQuotas: {
    title: "Amazon EventBridge quotas",
    url: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html",
  },
  eventBridgePricing: { title: "Amazon EventBridge pricing", url: "https://aws.amazon.com/eventbridge/pricing/" },
  sqsQuotas: {
    title: "Amazon SQS standard queue quotas",
    url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html",
  },
  sqsPricing: { title: "Amazon SQS pricing", url: "https://aws.amazon.com/sqs/pricing/" },
  dynamoQuotas: {
    title: "DynamoDB maximum throughput for on-demand tables",
    url: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode-max-throughput.html",
  },
  dynamoPartitions: {
    title: "Understanding DynamoDB warm throughput in different scenarios",
    url: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput-scenarios.html",
  },
  dynamoSplits: {
    title: "AWS Database Blog: how partitions, hot keys, and split for heat impact performance, part 2",
    url: "https://aws.amazon.com/blogs/database/part-2-scaling-dynamodb-how-partitions-hot-keys-and-split-for-heat-impact-performance/",
  },
  dynamoInitial: {
    title: "DynamoDB on-demand capacity mode",
    url: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html",
  },
  dynamoPricing: {
    title: "Amazon DynamoDB pricing for on-demand capacity",
    url: "https://aws.amazon.com/dynamodb/pricing/on-demand/",
  },
  xrayQuotas: {
    title: "AWS X-Ray endpoints and quotas",
    url: "https://docs.aws.amazon.com/general/latest/gr/xray.html",
  },
  xrayPricing: { title: "AWS X-Ray pricing", url: "https://aws.amazon.com/xray/pricing/" },
  cloudWatchPricing: { title: "Amazon CloudWatch pricing", url: "https://aws.amazon.com/cloudwatch/pricing/" },
  kmsPricing: { title: "AWS KMS pricing", url: "https://aws.amazon.com/kms/pricing/" },
  transferPricing: {
    title: "Amazon EC2 on-demand pricing, data transfer",
    url: "https://aws.amazon.com/ec2/pricing/on-demand/",
  },
  cognitoPricing: { title: "Amazon Cognito pricing", url: "https://aws.amazon.com/cognito/pricing/" },
  agentCorePricing: {
    title: "Amazon Bedrock AgentCore pricing",
    url: "https://aws.amazon.com/bedrock/agentcore/pricing/",
  },
  topology: { title: "Gatehouse: topology.ts", url: "../packages/functions/src/topology.ts" },
  stage: { title: "Gatehouse: stacks/stages.ts", url: "../stacks/stages.ts" },
} as const;

/** The name of a document. */
export type SourceName = keyof typeof sources;

/**
 * How far a figure is verified. `aws`: read in a document of AWS. `thirdParty`: the document names no figures without a
 * browser, and several others who have read it agree. `assumed`: nobody was found who says so. `ours`: read from this repository.
 */
export type Verification = "aws" | "thirdParty" | "assumed" | "ours";
