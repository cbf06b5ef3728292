import { describe, expect, test } from "vitest";
import { handler as application } from "./functions/insurance-application.ts";
import { handler as approval } from "./functions/insurance-approval.ts";
import { handler as riskModel } from "./functions/insurance-risk-model.ts";

/** What a gateway says of the tool that is called. */
const called = (tool: string) => ({ clientContext: { custom: { bedrockAgentCoreToolName: tool } } });

describe("create_application", () => {
  const context = called("ApplicationToolTarget___create_application");

  test("answers an application with an id of its own", async () => {
    const event = { applicant_region: "US", coverage_amount: 1_000_000 };
    const [first, second] = [await application(event, context), await application(event, context)];
    expect(first).toMatchObject({ status: "CREATED", ...event });
    expect(first.application_id).not.toBe(second.application_id);
  });

  test.each([[{}], [{ applicant_region: "US" }], [{ applicant_region: " ", coverage_amount: 1 }]])(
    "refuses %j",
    async (event) => {
      await expect(application(event, context)).rejects.toThrow(/must be/);
    },
  );

  test.each([0, -5, 1.5, "1000000", Number.NaN])("refuses the amount %j", async (amount) => {
    const event = { applicant_region: "US", coverage_amount: amount };
    await expect(application(event, context)).rejects.toThrow("coverage_amount");
  });

  test("refuses to be another tool", async () => {
    const event = { applicant_region: "US", coverage_amount: 1 };
    await expect(application(event, called("Other___delete_everything"))).rejects.toThrow("delete_everything");
    await expect(application(event, {})).rejects.toThrow("none");
  });
});

describe("invoke_risk_model", () => {
  const score = (API_classification: string, data_governance_approval: boolean) =>
    riskModel({ API_classification, data_governance_approval }, called("RiskModelToolTarget___invoke_risk_model"));

  test("scores restricted data higher than public data, and unapproved use higher than approved", async () => {
    expect(await score("public", true)).toEqual({ status: "SUCCESS", risk_score: 10, risk_level: "low" });
    expect(await score("Internal", false)).toEqual({ status: "SUCCESS", risk_score: 55, risk_level: "medium" });
    expect(await score("restricted", false)).toEqual({ status: "SUCCESS", risk_score: 95, risk_level: "high" });
    expect(await score("constructor", true)).toMatchObject({ risk_score: 50 });
  });
});

describe("approve_underwriting", () => {
  const approve = (claim_amount: number, risk_level: string) =>
    approval({ claim_amount, risk_level }, called("ApprovalToolTarget___approve_underwriting"));

  test("approves up to the limit of the risk level, and refers what is above", async () => {
    expect(await approve(1_000_000, "low")).toMatchObject({ status: "APPROVED" });
    expect(await approve(25_001, "HIGH")).toMatchObject({ status: "REFERRED" });
    await expect(approve(1, "toString")).rejects.toThrow("risk_level");
  });
});
