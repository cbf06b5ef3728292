import { randomUUID } from "node:crypto";
import { amountOf, expectTool, type ToolContext, textOf } from "../call.ts";

/** Creates an insurance application: `create_application(applicant_region, coverage_amount)`. */
export async function handler(event: Readonly<Record<string, unknown>>, context: ToolContext) {
  expectTool(context, "create_application");
  const applicantRegion = textOf(event, "applicant_region");
  const coverageAmount = amountOf(event, "coverage_amount");
  return {
    application_id: `APP-${randomUUID().slice(0, 8).toUpperCase()}`,
    status: "CREATED",
    applicant_region: applicantRegion,
    coverage_amount: coverageAmount,
  };
}
