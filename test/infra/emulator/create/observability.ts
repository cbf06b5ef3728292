import { PutDashboardCommand } from "@aws-sdk/client-cloudwatch";
import { CreateLogGroupCommand, PutRetentionPolicyCommand } from "@aws-sdk/client-cloudwatch-logs";
import type { Create } from "./creator.ts";

export const logGroup: Create = async ({ name, retentionInDays }, { aws }) => {
  await aws.logs.send(new CreateLogGroupCommand({ logGroupName: name }));
  await aws.logs.send(new PutRetentionPolicyCommand({ logGroupName: name, retentionInDays }));
  return {};
};

export const dashboard: Create = async ({ dashboardName, dashboardBody }, { aws }) => {
  await aws.cloudWatch.send(new PutDashboardCommand({ DashboardName: dashboardName, DashboardBody: dashboardBody }));
  return {};
};
